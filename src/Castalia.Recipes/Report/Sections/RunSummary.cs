using Castalia.Recipes.Report.Charts;

namespace Castalia.Recipes.Report.Sections;

/// <summary>The run in plain words. Every sentence is made from the run's own numbers, and left out where they are missing.</summary>
internal sealed class RunSummary(ReportInput input)
{
    private readonly ModelRun[] _trained = [.. input.Models.Where(model => model.Loss is not null)];

    /// <summary>The sentences in their order.</summary>
    public IEnumerable<string> All()
    {
        foreach (string? sentence in new[] { Suite(), Learned(), Compression(), Tests() })
        {
            if (sentence is not null)
                yield return sentence;
        }
        if (input.Models.Count == 0)
            yield return "No model has been trained in this run yet.";
    }

    private string? Suite()
    {
        if (_trained.Length == 0)
            return null;
        long[] sizes = [.. _trained.Where(m => m.Parameters is not null).Select(m => m.Parameters!.Value)];
        string models = $"{Sentences.Begun(NumberText.Word(_trained.Length))} {(_trained.Length == 1 ? "model" : "models")}";
        if (sizes.Length > 0)
            models += $" of {Range(sizes.Min(), sizes.Max(), NumberText.Spelled)} parameters";
        long steps = _trained.Max(m => m.Loss!.Steps);
        string text = $"{models} read {NumberText.Spelled(_trained.Max(m => m.Loss!.Tokens))} tokens";
        if (input.Corpus is { Components.Count: > 0 } corpus)
            text += $" from {NumberText.Word(corpus.Components.Count)} {(corpus.Components.Count == 1 ? "source" : "kinds of source")}";
        text += $" in {NumberText.Count(steps)} {(steps == 1 ? "step" : "steps")}";
        return text + Order() + ".";
    }

    // Said only where the hashes of the batches show it.
    private string Order()
    {
        if (_trained.Length < 2)
            return "";
        bool?[] same = [.. _trained.Skip(1).Select(model => LossCurve.SameBatches(_trained[0].Loss!, model.Loss!))];
        if (same.Any(s => s is null))
            return "";
        string who = _trained.Length == 2 ? "both" : "all";
        return same.All(s => s == true) ? $", {who} the same batches in the same order" : ", not all the same batches";
    }

    private string? Learned()
    {
        if (_trained.Length == 0)
            return null;
        LossCurve[] losses = [.. _trained.Select(m => m.Loss!)];
        double start = losses.Average(loss => loss.FirstLoss);
        string text = $"Their surprise at the next token fell from {NumberText.Fixed(start, 2)} nats";
        if (input.Tokens is { VocabularySize: > 1 } tokens && Math.Abs(start - Math.Log(tokens.VocabularySize)) < 0.25)
            text += ", about what guessing costs,";
        text += losses.Length == 1
            ? $" to {NumberText.Fixed(losses[0].FinalLoss, 2)}"
            : $" to {NumberText.Fixed(losses.Max(l => l.FinalLoss), 2)} in the worst and {NumberText.Fixed(losses.Min(l => l.FinalLoss), 2)} in the best";
        return (losses.Length == 1 ? text.Replace("Their", "Its", StringComparison.Ordinal) : text) + ".";
    }

    private string? Compression()
    {
        if (Compressor() is not { } model)
            return null;
        double bits = model.Bits[^1].Total!.BitsPerByte;
        return $"{Subject(model)} needs {NumberText.Fixed(bits, 2)} bits for a byte of text it has never seen: "
            + $"it could pack it to {NumberText.Percent(bits / 8, 0)} of its size.";
    }

    private string? Tests()
    {
        if (SuiteScores.LargestFinished(input.Models) is not { } model)
            return null;
        var parts = new List<string>();
        foreach (Measure measure in new SuiteScores(input.Models).Measures.Where(m => m.Metric == "acc").Take(4))
        {
            if (SuiteScores.Final(model, measure) is not { } score)
                continue;
            string part = $"{measure.Text(score.Value)} on {measure.Task}";
            if (ChanceLevels.Of(measure.Task, measure.Metric) is { } chance)
                part += ChanceLevels.IsAbove(score, chance) ? $" (chance: {NumberText.Percent(chance, 0)})" : " (no better than chance)";
            parts.Add(part);
        }
        return parts.Count == 0 ? null : $"{(input.Models.Count == 1 || model == Compressor() ? "It" : Subject(model))} scores {Sentences.Joined(parts)}.";
    }

    // The largest model whose bits per byte are known at the end of its training.
    private ModelRun? Compressor() =>
        input.Models.LastOrDefault(m => m.Bits.Count > 0 && m.EndsAt(m.Bits[^1].Step) && m.Bits[^1].Total is { BitsPerByte: > 0 });

    private string Subject(ModelRun model) =>
        input.Models.Count > 1 && model == input.Models[^1] && model.Parameters is not null ? $"The largest, {model.Name}," : $"The model {model.Name}";

    private static string Range(long low, long high, Func<long, string> text) => low == high ? text(low) : $"{text(low)} to {text(high)}";
}
