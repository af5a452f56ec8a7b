using System.Globalization;
using Castalia.Models;

namespace Castalia.Evaluation;

/// <summary>The arguments of <c>generate_until</c> in one form, whatever names a task gave them: lm-eval's normalisation.</summary>
/// <param name="Values">All of them: <c>do_sample</c>, <c>until</c> and <c>max_gen_toks</c> always, the rest as it was given.</param>
/// <param name="Until">Texts at which an answer is cut.</param>
/// <param name="MaxGenToks">The most tokens of an answer.</param>
/// <param name="DoSample">Whether tokens are drawn.</param>
public sealed record GenerationArguments(Row Values, IReadOnlyList<string> Until, int MaxGenToks, bool DoSample)
{
    // Of several the first counts.
    private static readonly string[] LengthNames = ["max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens"];

    /// <summary>Brings arguments into one form.</summary>
    /// <param name="arguments">As they stand in the task.</param>
    /// <param name="place">What errors call the request.</param>
    /// <param name="maxGenToks">The most tokens of an answer where no number is given.</param>
    /// <exception cref="InputException">A value is of a wrong kind.</exception>
    public static GenerationArguments Of(Row arguments, string place = "generation_kwargs", int maxGenToks = 256)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var values = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string key, object? value) in arguments)
        {
            if (!LengthNames.Contains(key))
                values[key] = value;
        }
        double? temperature = Number(arguments, "temperature", place);
        bool sample = arguments.GetValueOrDefault("do_sample") switch
        {
            null => temperature > 0,
            bool given => given,
            var other => throw Wrong(place, "do_sample", other, "true or false"),
        };
        values["do_sample"] = sample;
        if (!sample && temperature > 0)
            values["temperature"] = 0.0;
        List<string> until = arguments.GetValueOrDefault("until") switch
        {
            null => [],
            string one => [one],
            IReadOnlyList<object?> many => [.. many.Select(one => one as string ?? throw Wrong(place, "until", one, "texts"))],
            var other => throw Wrong(place, "until", other, "a text or a list of texts"),
        };
        values["until"] = until.ToArray<object?>();
        string? name = LengthNames.FirstOrDefault(name => arguments.GetValueOrDefault(name) is not null);
        double most = name is null ? maxGenToks : Number(arguments, name, place)!.Value;
        if (!(most is >= 1 and <= 10_000_000))
            throw Wrong(place, name ?? LengthNames[0], most, "a number of tokens from 1 on");
        values[LengthNames[0]] = (long)most;
        return new GenerationArguments(values, until, (int)most, sample);
    }

    /// <summary>The stops with the end-of-text token's text behind them.</summary>
    public IReadOnlyList<string> Stops(string? endOfText) =>
        string.IsNullOrEmpty(endOfText) || Until.Contains(endOfText) ? Until : [.. Until, endOfText];

    /// <summary>An answer as it counts: from behind the last end of a thought, cut at each stop in turn.</summary>
    /// <param name="text">What the model wrote.</param>
    /// <param name="stops">Where it is cut; an empty one cuts nothing.</param>
    /// <param name="thinkEndToken">What ends a thought; null for none.</param>
    public static string Cut(string text, IEnumerable<string> stops, string? thinkEndToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(stops);
        if (!string.IsNullOrEmpty(thinkEndToken))
        {
            int thought = text.LastIndexOf(thinkEndToken, StringComparison.Ordinal);
            text = Text.Jinja.Python.PythonString.LeftStrip(thought < 0 ? text : text[(thought + thinkEndToken.Length)..]);
        }
        foreach (string stop in stops.Where(stop => stop.Length > 0))
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0)
                text = text[..at];
        }
        return text;
    }

    /// <summary>How our generation engine is told the same. What it does not know changes nothing it could do, and is left out.</summary>
    /// <param name="stopTokens">Tokens that end an answer.</param>
    /// <param name="seed">Where draws come from.</param>
    /// <param name="place">What errors call the request.</param>
    internal GenerationOptions ToOptions(IReadOnlyList<int> stopTokens, long seed, string place)
    {
        var options = new GenerationOptions
        {
            MaxNewTokens = MaxGenToks,
            Temperature = DoSample ? Number(Values, "temperature", place) ?? 1 : 0,
            // transformers draws among fifty where nothing is said.
            TopK = !DoSample ? null : Number(Values, "top_k", place) switch { null => 50, <= 0 => null, var k => (int)k },
            TopP = DoSample ? Number(Values, "top_p", place) : null,
            MinP = DoSample ? Number(Values, "min_p", place) : null,
            TypicalP = DoSample ? Number(Values, "typical_p", place) : null,
            RepetitionPenalty = Number(Values, "repetition_penalty", place) ?? 1,
            NumBeams = (int)(Number(Values, "num_beams", place) ?? 1),
            LengthPenalty = Number(Values, "length_penalty", place) ?? 1,
            StopTokens = stopTokens,
            Seed = seed,
        };
        try
        {
            options.Validate();
        }
        catch (ArgumentException error)
        {
            throw new InputException(place, "generation_kwargs", error.Message, "Correct generation_kwargs in the task, or with --gen_kwargs.", error);
        }
        return options;
    }

    private static double? Number(Row values, string key, string place) => values.GetValueOrDefault(key) switch
    {
        null => null,
        long number => number,
        double number => number,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        var other => throw Wrong(place, key, other, "a number"),
    };

    private static InputException Wrong(string place, string key, object? found, string expected) => new(
        place, $"generation_kwargs, {key}", FormattableString.Invariant($"expected {expected}, found {found ?? "None"}."),
        "Correct generation_kwargs in the task, or with --gen_kwargs.");
}
