using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>The harness's filters by name.</summary>
public static class Filter
{
    private static readonly Dictionary<string, Func<FilterOptions, IFilter>> All = new(StringComparer.Ordinal)
    {
        ["take_first"] = _ => new RepeatsFilter(repeats => repeats.Count > 0 ? repeats[0] : throw new PythonException("IndexError: list index out of range")),
        ["take_first_k"] = options => TakeFirst(options.Number("k") ?? throw new FormatException("'take_first_k' needs 'k', how many repeats it takes.")),
        ["majority_vote"] = _ => new RepeatsFilter(repeats => new[] { MostCommon(repeats) }),
        ["regex"] = options => new RegexFilter(options),
        ["regex_pos"] = PartsOfSpeech,
        ["multi_choice_regex"] = options => new MultiChoiceRegexFilter(options),
        ["remove_whitespace"] = _ => new AnswerFilter(answer => PythonString.Strip(Text(answer))),
        ["lowercase"] = _ => new AnswerFilter(answer => PythonString.Lower(Text(answer))),
        ["uppercase"] = _ => new AnswerFilter(answer => PythonString.Upper(Text(answer))),
        ["map"] = Map,
        ["format_span"] = _ => new AnswerFilter(answer => NamedEntitySpans.Format(Text(answer))),
        // The harness's filter of this name does nothing; what contamination there is is looked for elsewhere.
        ["decontaminate"] = options => options.Ignoring("path", new UnchangedFilter()),
    };

    /// <summary>The filter of a name.</summary>
    /// <param name="name">The harness's name.</param>
    /// <param name="options">What the task gives beside the name.</param>
    /// <exception cref="FormatException">There is no such filter, or it cannot do with the options.</exception>
    public static IFilter Create(string name, Row options)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(options);
        if (!All.TryGetValue(name, out Func<FilterOptions, IFilter>? create))
            throw new FormatException($"'{name}' is no filter; there are {string.Join(", ", All.Keys)}, and 'custom' with a 'filter_fn'.");
        var read = new FilterOptions(name, options);
        try
        {
            IFilter filter = create(read);
            read.RefuseUnknown();
            return filter;
        }
        catch (PythonException error)
        {
            throw new FormatException($"The filter '{name}' cannot do with its options: {error.Message}", error);
        }
    }

    private static string Text(object? answer) => answer as string
        ?? throw new PythonException($"AttributeError: a filter of text was given a {PythonOperators.TypeName(answer)}");

    private static RepeatsFilter TakeFirst(long count)
    {
        if (count < 1)
            throw new FormatException($"'take_first_k' cannot take {count} repeats.");
        return new RepeatsFilter(repeats => repeats.Count >= count ? repeats.Take((int)count).ToArray()
            : throw new PythonException($"take_first_k takes {count} repeats, but there are {repeats.Count}; raise the task's 'repeats'"));
    }

    /// <summary>The most common answer; of several the one that came first, as of Python's <c>Counter.most_common</c>.</summary>
    private static object? MostCommon(IReadOnlyList<object?> repeats)
    {
        var counts = new List<(object? Answer, int Count)>();
        foreach (object? repeat in repeats)
        {
            int at = counts.FindIndex(known => PythonOperators.AreEqual(known.Answer, repeat));
            if (at < 0)
                counts.Add((repeat, 1));
            else
                counts[at] = (counts[at].Answer, counts[at].Count + 1);
        }
        return counts.Count > 0 ? counts.MaxBy(known => known.Count).Answer : throw new PythonException("IndexError: list index out of range");
    }

    /// <summary>The tags of a list of pairs of word and part of speech, <c>('word', 'TAG')</c>; the harness gives it a pattern, but does not look at it.</summary>
    private static AnswerFilter PartsOfSpeech(FilterOptions options)
    {
        options.Text("regex_pattern");
        options.Number("group_select");
        object? fallback = options.Value("fallback") ?? new object?[] { "invalid" };
        return new AnswerFilter(answer =>
        {
            object?[] tags = [.. PythonRegex.FindAll(Text(answer), @"\('([^']*)', '([^']*)'\)").Select(pair => ((PythonTuple)pair!)[1])];
            return tags.Length > 0 ? tags : fallback;
        });
    }

    private static AnswerFilter Map(FilterOptions options)
    {
        IReadOnlyDictionary<string, object?> mapping = options.Dictionary("mapping_dict");
        object? other = options.Value("default_value");
        return new AnswerFilter(answer => answer is string text && mapping.TryGetValue(text, out object? value) ? value : other);
    }

    private sealed class UnchangedFilter : IFilter
    {
        public IReadOnlyList<object?> Apply(IReadOnlyList<object?> answers, IReadOnlyList<Row> documents) => answers;
    }
}
