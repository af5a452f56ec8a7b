using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Cuts the answer out of a text by a pattern of Python's: all matches, and of them one by number.</summary>
internal sealed class RegexFilter : IFilter
{
    private readonly string _pattern;
    private readonly long _select;

    /// <exception cref="PythonException">The pattern is none.</exception>
    public RegexFilter(FilterOptions options)
    {
        _pattern = options.Text("regex_pattern") ?? @"#### (\-?[0-9\.\,]+)";
        _select = options.Number("group_select") ?? 0;
        Fallback = options.Text("fallback") ?? "[invalid]";
        PythonRegex.Search("", _pattern);
    }

    /// <summary>What stands for no answer.</summary>
    public string Fallback { get; }

    /// <inheritdoc/>
    // An answer that is no text, a null that a service gave, holds nothing.
    public IReadOnlyList<object?> Apply(IReadOnlyList<object?> answers, IReadOnlyList<Row> documents) =>
        [.. answers.Select(answer => RepeatsFilter.Of(answer).Select(repeat => (object?)(Find(repeat as string ?? "") ?? Fallback)).ToArray())];

    /// <summary>The chosen match of the filter's own pattern; null if there is none.</summary>
    public string? Find(string text) => Find(text, _pattern);

    /// <summary>The chosen match of a pattern without white space around it; null if there is none, or all its groups are empty.</summary>
    /// <exception cref="PythonException">There are fewer matches than <c>group_select</c> wants, or the pattern runs away.</exception>
    public string? Find(string text, string pattern)
    {
        List<object?> matches = PythonRegex.FindAll(text, pattern);
        if (matches.Count == 0)
            return null;
        long at = _select < 0 ? _select + matches.Count : _select;
        if (at < 0 || at >= matches.Count)
            throw new PythonException($"IndexError: group_select is {_select}, but the pattern has {matches.Count} matches");
        string? found = matches[(int)at] is PythonTuple groups ? groups.Cast<string>().FirstOrDefault(group => group.Length > 0) : (string)matches[(int)at]!;
        return found is null ? null : PythonString.Strip(found);
    }
}
