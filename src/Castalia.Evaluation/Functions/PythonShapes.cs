using System.Text.RegularExpressions;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// The shapes in which thousands of the harness's tasks write the same few functions, each with other constants: rows of one category, a
/// scikit-learn F1, labels by number, a list that stands in a column as text, a prompt that thinks step by step. Where a definition has one of the
/// shapes to the letter, the constants are read out of it; everything else is not known here.
/// </summary>
internal static partial class PythonShapes
{
    /// <summary>The function, or null if its definition has none of the shapes.</summary>
    /// <param name="source">The file that should define it.</param>
    /// <param name="name">Module and name.</param>
    /// <param name="function">Its name in the file.</param>
    public static TaskFunction? Find(PythonSource source, string name, string function)
    {
        if (source.Functions.TryGetValue(function, out string? definition))
            return Defined(name, definition);
        if (source.Values.TryGetValue(function, out string? value))
            return PartialOf().Match(value) is { Success: true } partial ? Partial(source, name, partial) : null;
        return Generated(source, name, function);
    }

    private static TaskFunction? Defined(string name, string definition)
    {
        if (RowsOfConstant().Match(definition) is { Success: true } rows && PythonSource.TryLiteral(rows.Groups["value"].Value, out object? constant))
            return RowsWhere(name, Unquoted(rows), constant);
        if (F1OfPairs().Match(definition) is { Success: true } f1)
            return F1(name, f1.Groups["average"].Value);
        if (LabelByKey().Match(definition) is { Success: true } labels && PythonSource.TryLiteral(labels.Groups["labels"].Value, out object? map) && map is PythonDictionary known)
            return Label(name, known, Unquoted(labels));
        if (EvaluatedColumn().Match(definition) is { Success: true } list)
            return new DocumentFunction(name, row => PythonLiteral.Parse(row.Text(Unquoted(list))));
        return null;
    }

    /// <summary><c>partial(f, x="...")</c>, where <c>f</c> takes the rows whose column is x, or formats an example with or without its answer.</summary>
    private static TaskFunction? Partial(PythonSource source, string name, Match partial)
    {
        if (!source.Functions.TryGetValue(partial.Groups["function"].Value, out string? definition)
            || !PythonSource.TryLiteral(partial.Groups["value"].Value, out object? value))
            return null;
        if (RowsOfParameter().Match(definition) is { Success: true } rows && partial.Groups["name"].Value == rows.Groups["parameter"].Value)
            return RowsWhere(name, Unquoted(rows), value);
        if (CotExample().IsMatch(definition) && partial.Groups["name"].Value == "including_answer" && value is bool withAnswer && Words(source) is { } words)
            return new DocumentFunction(name, row => MmluPro.Prompt(row, NumberedOptions(row), words, withAnswer));
        return null;
    }

    /// <summary>
    /// <c>{f"process_{category.lower().replace(' ', '_')}": partial(f, category=category) for category in CATEGORIES}</c>, put among the module's names.
    /// </summary>
    private static TaskFunction? Generated(PythonSource source, string name, string function)
    {
        foreach (string value in source.Values.Values)
        {
            if (PartialsByName().Match(value) is not { Success: true } names
                || !source.Functions.TryGetValue(names.Groups["function"].Value, out string? definition)
                || RowsOfParameter().Match(definition) is not { Success: true } rows || rows.Groups["parameter"].Value != names.Groups["name"].Value
                || !source.Values.TryGetValue(names.Groups["list"].Value, out string? written)
                || !PythonSource.TryLiteral(written, out object? list) || list is not IReadOnlyList<object?> categories)
                continue;
            foreach (string category in categories.OfType<string>())
            {
                if (names.Groups["prefix"].Value + Chained(category, names.Groups["chain"].Value) == function)
                    return RowsWhere(name, Unquoted(rows), category);
            }
        }
        return null;
    }

    private static string Chained(string text, string chain)
    {
        foreach (Match call in Call().Matches(chain))
        {
            text = call.Groups["old"].Success ? text.Replace(call.Groups["old"].Value, call.Groups["new"].Value, StringComparison.Ordinal) : PythonString.Lower(text);
        }
        return text;
    }

    private static DocumentsFunction RowsWhere(string name, string column, object? value) => new(name, rows => Where.Equal(rows, column, value));

    private static AggregationFunction F1(string name, string average) => new(name, items =>
    {
        (object? Gold, object? Predicted)[] pairs = [.. items.Select(item => item is IReadOnlyList<object?> { Count: 2 } pair ? (pair[0], pair[1])
            : throw new PythonException("TypeError: F1 is taken over pairs of the right answer and the given one"))];
        return average switch
        {
            "weighted" => ClassF1.Weighted(pairs),
            "macro" => ClassF1.Macro(pairs),
            _ => ClassF1.Micro(pairs),
        };
    });

    private static DocumentFunction Label(string name, PythonDictionary labels, string column) => new(name, row =>
        labels.TryGet(row.Value(column), out object? label) ? label
            : throw new PythonException($"KeyError: {PythonText.Repr(row.Value(column))}: no label is given for it"));

    /// <summary>The words of MMLU-ProX, which stand in one file for all languages, by the name of the task's folder.</summary>
    private static CotWords? Words(PythonSource source)
    {
        string folder = Path.GetDirectoryName(source.File) ?? "", parent = Path.GetDirectoryName(folder) ?? "";
        return PythonSource.Read(Path.Combine(parent, "lang_libs.py")) is { } words && words.Values.TryGetValue("LANG_LIBS", out string? written)
            && PythonSource.TryLiteral(written, out object? literal) && literal is PythonDictionary languages
            && languages.TryGet(Path.GetFileName(folder), out object? language) && language is IReadOnlyList<object?> { Count: >= 5 } texts
            && texts.Take(5).All(text => text is string)
            ? new CotWords((string)texts[0]!, (string)texts[1]!, (string)texts[2]!, (string)texts[4]!) : null;
    }

    /// <summary>Ten columns of options; those that are missing leave their letter out.</summary>
    private static string NumberedOptions(Row row) => string.Concat(Enumerable.Range(0, 10).Select(i => row.Value($"option_{i}") is { } option
        ? $"{(char)('A' + i)}. {PythonText.Str(option)}\n" : ""));

    private static string Unquoted(Match match) => match.Groups["column"].Value;

    private const string Column = """\[(?<quote>["'])(?<column>[^"'\\]+)\k<quote>\]""";

    [GeneratedRegex("""^\((?<rows>\w+)(: ?[\w.]+)?\)( -> [\w.]+)?:\nreturn \k<rows>\.filter\(lambda (?<row>\w+): ?\k<row>""" + Column + """ == (?<value>[^()]+)\)$""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex RowsOfConstant();

    [GeneratedRegex("""^\((?<rows>\w+)(: ?[\w.]+)?, (?<parameter>\w+)(: ?\w+)?\)( -> [\w.]+)?:\nreturn \k<rows>\.filter\(lambda (?<row>\w+): ?\k<row>""" + Column + """ == \k<parameter>\)$""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex RowsOfParameter();

    [GeneratedRegex("""^(functools\.)?partial\((?<function>\w+), (?<name>\w+)=(?<value>.+)\)$""", RegexOptions.CultureInvariant | RegexOptions.Singleline, 1000)]
    private static partial Regex PartialOf();

    [GeneratedRegex("""^\{f(?<q>["'])(?<prefix>\w+)\{(?<item>\w+)(?<chain>(\.lower\(\)|\.replace\('[^']*', '[^']*'\)|\.replace\("[^"]*", "[^"]*"\))*)\}\k<q>: partial\((?<function>\w+), (?<name>\w+)=\k<item>\) for \k<item> in (?<list>\w+)\}$""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PartialsByName();

    [GeneratedRegex("""\.lower\(\)|\.replace\((?<q>["'])(?<old>[^"']*)\k<q>, \k<q>(?<new>[^"']*)\k<q>\)""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Call();

    [GeneratedRegex("""^\((?<items>\w+)\):\n(from sklearn\.metrics import f1_score\n)?(?<list>\w+) = list\(zip\(\*\k<items>(, strict=True)?\)\)\n(?<golds>\w+) = \k<list>\[0\]\n(?<preds>\w+) = \k<list>\[1\]\n(?<score>\w+) = f1_score\(\k<golds>, \k<preds>, average=(?<q>["'])(?<average>weighted|macro|micro)\k<q>\)\nreturn \k<score>$""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex F1OfPairs();

    [GeneratedRegex("""^\((?<row>\w+)\):\n(?<name>\w+) = (?<labels>\{.*\})\nreturn \k<name>\[\k<row>""" + Column + """\]$""", RegexOptions.CultureInvariant | RegexOptions.Singleline, 1000)]
    private static partial Regex LabelByKey();

    [GeneratedRegex("""^\((?<row>\w+)\):\n((?<name>\w+) = (ast\.literal_)?eval\(\k<row>""" + Column + """\)\nreturn \k<name>|return (ast\.literal_)?eval\(\k<row>""" + Column + """\))$""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex EvaluatedColumn();

    // The body is given by its steps: both heads, the question, the options that are there, and the answer's words exchanged.
    [GeneratedRegex("""^\((?<row>\w+), including_answer=True\):\n(?<p>\w+) = f"\{(?<w>\w+)\[0\]\}\\n"\n(?<q>\w+) = \k<row>\["question"\]\n\k<p> \+= \k<q> \+ "\\n"\n\k<p> \+= f"\{\k<w>\[1\]\}\\n"\nfor i in range\(max_opt_num\):\n(?<o>\w+) = \k<row>\[f"option_\{i\}"\]\nif \k<o> is not None:\n\k<p> \+= "\{\}\. \{\}\\n"\.format\(choices\[i\], \k<o>\)\nif including_answer:\n(?<c>\w+) = \k<row>\["cot_content"\]\.replace\(\k<w>\[4\], \k<w>\[2\]\)\n\k<p> \+= \k<c> \+ "\\n\\n"\nelse:\n\k<p> \+= \k<w>\[2\]\nreturn \k<p>$""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex CotExample();
}
