using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Reads a row's columns as Python would: what is missing or of another type is Python's error, which names the column.</summary>
internal static class Columns
{
    /// <summary>The value of a column.</summary>
    public static object? Value(this Row row, string column) =>
        row.TryGetValue(column, out object? value) ? value : throw new PythonException($"KeyError: '{column}'");

    /// <summary>A column of text.</summary>
    public static string Text(this Row row, string column) => row.Value(column) as string ?? throw Wrong(row, column, "text");

    /// <summary>A column of whole numbers.</summary>
    public static long Integer(this Row row, string column) => row.Value(column) is long number ? number : throw Wrong(row, column, "a whole number");

    /// <summary>A column of numbers.</summary>
    public static double Number(this Row row, string column) => row.Value(column) switch
    {
        double number => number,
        long number => number,
        bool truth => truth ? 1 : 0,
        _ => throw Wrong(row, column, "a number"),
    };

    /// <summary>A column of lists.</summary>
    public static IReadOnlyList<object?> List(this Row row, string column) =>
        row.Value(column) as IReadOnlyList<object?> ?? throw Wrong(row, column, "a list");

    /// <summary>A column of lists of texts.</summary>
    public static string[] Texts(this Row row, string column) =>
        [.. row.List(column).Select(item => item as string ?? throw Wrong(row, column, "a list of texts"))];

    /// <summary>A column of dictionaries.</summary>
    public static Row Nested(this Row row, string column) => row.Value(column) as Row ?? throw Wrong(row, column, "a dictionary");

    /// <summary>The row with further columns; those it has keep their place and take the new value.</summary>
    public static Row Merge(Row row, Row changes)
    {
        var merged = new OrderedDictionary<string, object?>(row.Count + changes.Count, StringComparer.Ordinal);
        foreach ((string column, object? value) in row)
            merged[column] = value;
        foreach ((string column, object? value) in changes)
            merged[column] = value;
        return merged;
    }

    /// <summary>A row of the given columns, in their order.</summary>
    public static Row Of(params ReadOnlySpan<(string Column, object? Value)> columns)
    {
        var row = new OrderedDictionary<string, object?>(columns.Length, StringComparer.Ordinal);
        foreach ((string column, object? value) in columns)
            row.Add(column, value);
        return row;
    }

    /// <summary>Texts as a list of Python's.</summary>
    public static IReadOnlyList<object?> List(IEnumerable<string> texts) => [.. texts];

    /// <summary>The generated text that is a document's one answer.</summary>
    public static string Generated(this IReadOnlyList<object?> answers) => answers[0] switch
    {
        string text => text,
        IReadOnlyList<object?> and [string text] => text,
        var other => throw new PythonException($"TypeError: the filters leave a {PythonOperators.TypeName(other)} where one text is scored"),
    };

    /// <summary>The log-likelihoods of a document's choices.</summary>
    public static double[] Likelihoods(this IReadOnlyList<object?> answers) => [.. answers.Select(answer => ((Loglikelihood)answer!).Value)];

    /// <summary>What is left of a text after so many code points.</summary>
    public static string Skip(string text, int count)
    {
        int at = 0;
        for (; count > 0 && at < text.Length; count--)
            at += char.IsSurrogatePair(text, at) ? 2 : 1;
        return text[at..];
    }

    /// <summary>A text without its last code point; the empty text stays.</summary>
    public static string WithoutLast(string text) => text.Length == 0 ? text
        : text[..^(text.Length > 1 && char.IsSurrogatePair(text, text.Length - 2) ? 2 : 1)];

    /// <summary>A text whose first code point is in lower case.</summary>
    public static string LowerFirst(string text)
    {
        string rest = Skip(text, 1);
        return PythonString.Lower(text[..^rest.Length]) + rest;
    }

    private static PythonException Wrong(Row row, string column, string expected) =>
        new($"TypeError: the column '{column}' should hold {expected} and holds a {PythonOperators.TypeName(row[column])}");
}
