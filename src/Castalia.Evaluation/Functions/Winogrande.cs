using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>WinoGrande (Sakaguchi et al. 2020), scored as Trinh and Le (2018) do: each option makes a context, what follows the blank is the target.</summary>
internal static class Winogrande
{
    public static FunctionFamily Family { get; } = new FunctionFamily("preprocess_winogrande", "winogrande")
        .Field("doc_to_text", Gold)
        .Field("doc_to_target", AfterBlank)
        .Field("doc_to_choice", Contexts)
        .Field("partial_target", AfterBlank)
        .Field("create_choices", Contexts)
        .Field("gold_alias", Gold);

    internal static object? Gold(Row row) => row.Value("answer") switch
    {
        "1" => 0L,
        "2" => 1L,
        var other => throw new PythonException($"KeyError: the answer {PythonText.Repr(other)} is neither '1' nor '2'"),
    };

    internal static object? AfterBlank(Row row) => PythonString.Strip(row.Text("sentence")[(Blank(row) + 1)..]);

    internal static object? Contexts(Row row)
    {
        string before = row.Text("sentence")[..Blank(row)];
        return Columns.List([before + row.Text("option1"), before + row.Text("option2")]);
    }

    private static int Blank(Row row)
    {
        int at = row.Text("sentence").IndexOf('_', StringComparison.Ordinal);
        return at >= 0 ? at : throw new PythonException("ValueError: the sentence has no blank '_'");
    }
}

/// <summary>XWinograd (Tikhonov and Ryabinin 2021): WinoGrande's way in six languages.</summary>
internal static class Xwinograd
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "xwinograd")
        .Field("doc_to_text", Winogrande.Gold)
        .Field("doc_to_target", Winogrande.AfterBlank)
        .Field("doc_to_choice", Winogrande.Contexts);
}
