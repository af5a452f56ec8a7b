namespace Castalia.Recipes.Report.Sections;

/// <summary>What guessing scores on well-known tasks: one over the number of choices. Tasks with varying numbers of choices have their usual one.</summary>
internal static class ChanceLevels
{
    private static readonly (string Prefix, double Level)[] Known =
    [
        ("blimp", 1 / 2.0),
        ("arc_", 1 / 4.0),
        ("hellaswag", 1 / 4.0),
        ("piqa", 1 / 2.0),
        ("winogrande", 1 / 2.0),
        ("wsc", 1 / 2.0),
        ("sciq", 1 / 4.0),
        ("openbookqa", 1 / 4.0),
        ("mmlu", 1 / 4.0),
        ("logiqa", 1 / 4.0),
        ("boolq", 1 / 2.0),
        ("copa", 1 / 2.0),
        ("rte", 1 / 2.0),
        ("commonsense_qa", 1 / 5.0),
        ("social_iqa", 1 / 3.0),
        ("medmcqa", 1 / 4.0),
    ];

    /// <summary>
    /// Whether a score is above chance by more than its error explains: by 1.96 standard errors, which chance alone exceeds once in forty times.
    /// </summary>
    public static bool IsAbove(TaskScore score, double chance) => score.Value - chance > 1.96 * (score.StandardError ?? 0);

    /// <summary>The chance level of a metric of a task; null where there is none or it is not known.</summary>
    public static double? Of(string task, string metric)
    {
        if (metric is not ("acc" or "acc_norm"))
            return null;
        foreach ((string prefix, double level) in Known)
        {
            if (task.StartsWith(prefix, StringComparison.Ordinal))
                return level;
        }
        return null;
    }
}
