using System.Globalization;
using System.Text.RegularExpressions;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Rows as the hub has them, made of rows as they are kept elsewhere.</summary>
internal static partial class HubRows
{
    /// <summary>EleutherAI/arithmetic: the hub's script spells out the marks and drops the empty line of the published files.</summary>
    public static Row Arithmetic(Row row) => Of(
        ("context", PythonString.Strip((string)row["context"]!).Replace("\n\n", "\n", StringComparison.Ordinal)
            .Replace("Q:", "Question:", StringComparison.Ordinal).Replace("A:", "Answer:", StringComparison.Ordinal)),
        ("completion", row["completion"]));

    /// <summary>winograd_wsc: text and pronoun of the collection's XML joined; what the XML lacks is empty.</summary>
    public static Row Winograd(Row row)
    {
        string before = (string)row["txt1"]!, pronoun = (string)row["pron"]!;
        return Of(
            ("text", $"{before} {pronoun} {row["txt2"]}"),
            ("pronoun", pronoun),
            ("pronoun_loc", PythonString.Length(before) + 1L),
            ("quote", ""),
            ("quote_loc", 0L),
            ("options", row["answers"]),
            ("label", (string)row["correct"]! == "A" ? 0L : 1L),
            ("source", ""));
    }

    /// <summary>qiaojin/PubMedQA: the columns' names in lower case, and the paper's parts nested as its context.</summary>
    public static Row PubMedQa(Row row) => Of(
        ("pubid", long.Parse(PythonText.Str(row["pmid"]), CultureInfo.InvariantCulture)),
        ("question", row["QUESTION"]),
        ("context", Of(
            ("contexts", row["CONTEXTS"]),
            ("labels", row["LABELS"]),
            ("meshes", row["MESHES"]),
            ("reasoning_required_pred", Letters(row["reasoning_required_pred"])),
            ("reasoning_free_pred", Letters(row["reasoning_free_pred"])))),
        ("long_answer", row["LONG_ANSWER"]),
        ("final_decision", row["final_decision"]));

    /// <summary>HuggingFaceH4/MATH-500: the order of its columns; the subject goes by the name type elsewhere.</summary>
    public static Row Math500(Row row) => Of(
        ("problem", row["problem"]), ("solution", row["solution"]), ("answer", row["answer"]), ("subject", row["type"]), ("level", row["level"]));

    /// <summary>Maxwell-Jia/AIME_2024: names in upper case, the answer as a number, the name of the problem from its address.</summary>
    public static Row Aime(Row row)
    {
        Match place = AimeAddress().Match((string)row["url"]!);
        return Of(
            ("ID", place.Success ? $"{place.Groups[1].Value}-{place.Groups[2].Value}-{place.Groups[3].Value}" : PythonText.Str(row["id"])),
            ("Problem", row["problem"]),
            ("Solution", row["solution"]),
            ("Answer", long.Parse(PythonText.Str(row["answer"]), CultureInfo.InvariantCulture)));
    }

    [GeneratedRegex("([0-9]{4})_AIME_(I+)_Problems/Problem_([0-9]+)", RegexOptions.NonBacktracking)]
    private static partial Regex AimeAddress();

    // The hub's script reads the word as a list of letters.
    private static object? Letters(object? word) => word is string text ? [.. text.Select(letter => (object?)letter.ToString())] : word as object?[];

    private static OrderedDictionary<string, object?> Of(params ReadOnlySpan<(string Name, object? Value)> columns)
    {
        var row = new OrderedDictionary<string, object?>(columns.Length, StringComparer.Ordinal);
        foreach ((string name, object? value) in columns)
            row[name] = value;
        return row;
    }
}
