using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>A task's <c>generation_kwargs</c> as a server is told them.</summary>
/// <param name="MaxTokens">Most tokens of the text.</param>
/// <param name="Temperature">0 for the likeliest token each time.</param>
/// <param name="Stop">Texts at which it ends.</param>
/// <param name="Others">What else there is, passed on as it stands.</param>
internal sealed record ServerArguments(long MaxTokens, double Temperature, IReadOnlyList<string> Stop, Row Others)
{
    private static readonly string[] LengthNames = ["max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens"];

    /// <summary>Brings arguments into this form.</summary>
    /// <param name="arguments">The task's.</param>
    /// <param name="maxTokens">Most tokens where they say nothing.</param>
    /// <param name="endString">A further stop; null for none.</param>
    /// <exception cref="ArgumentException">One is not what it has to be; the message says which, and what.</exception>
    public static ServerArguments Of(Row arguments, int maxTokens, string? endString)
    {
        var others = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string name, object? value) in arguments)
        {
            if (name is not ("do_sample" or "temperature" or "until") && Array.IndexOf(LengthNames, name) < 0)
                others[name] = value;
        }
        object? length = LengthNames.Select(name => arguments.GetValueOrDefault(name)).FirstOrDefault(value => value is not null);
        var stop = arguments.GetValueOrDefault("until") switch
        {
            null => new List<string>(),
            string one => [one],
            IReadOnlyList<object?> several when several.All(one => one is string) => [.. several.Cast<string>()],
            var other => throw new ArgumentException($"until: expected texts, found {PythonText.Repr(other)}."),
        };
        stop.RemoveAll(text => text.Length == 0);
        if (endString is { Length: > 0 } && !stop.Contains(endString))
            stop.Add(endString);
        return new ServerArguments(
            length switch
            {
                null => maxTokens,
                long number and > 0 => number,
                _ => throw new ArgumentException($"max_gen_toks: expected a number above 0, found {PythonText.Repr(length)}."),
            },
            arguments.GetValueOrDefault("temperature") switch
            {
                null => 0,
                long number => number,
                double number => number,
                var other => throw new ArgumentException($"temperature: expected a number, found {PythonText.Repr(other)}."),
            },
            stop, others);
    }
}
