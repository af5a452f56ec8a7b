using Castalia.Data;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Comparison;

/// <summary>All numbers of sources or languages, as a table and as tooltips.</summary>
internal static class GroupTable
{
    /// <summary>Writes a table of groups, and all together at its end.</summary>
    public static void Write(HtmlBuilder html, ComparisonResult result, string kind, IReadOnlyList<ComparedGroup> groups)
    {
        string a = ComparisonPage.Short(result.A.Name, 16), b = ComparisonPage.Short(result.B.Name, 16);
        new DataTable(
            $"Tokens by {kind.ToLowerInvariant()}",
            [
                new TableColumn(kind), new TableColumn("Documents", true, "minor"), new TableColumn("Text", true, "minor"),
                new TableColumn($"Bytes a token, {a}", true, "wraps"), new TableColumn($"Bytes a token, {b}", true, "wraps"),
                new TableColumn($"Tokens a word, {a}", true, "minor wraps"), new TableColumn($"Tokens a word, {b}", true, "minor wraps"),
                new TableColumn($"Tokens a character, {a}", true, "minor wraps"), new TableColumn($"Tokens a character, {b}", true, "minor wraps"),
                new TableColumn("Change", true),
            ],
            [.. groups.Select(Row), Row(result.Total with { Name = "All together" })],
            Totals: true).Write(html);
    }

    /// <summary>What the tooltip says of a group.</summary>
    public static string Tip(ComparisonResult result, ComparedGroup group) => string.Join('\n',
    [
        group.Name,
        $"{NumberText.Count(group.Documents)} {(group.Documents == 1 ? "document" : "documents")}, {NumberText.Bytes(group.Bytes)}",
        Line(result.A.Name, group.A),
        Line(result.B.Name, group.B),
    ]);

    private static string Line(string name, ComparedSide side) =>
        $"{name}: {NumberText.Count(side.Tokens)} tokens, {NumberText.Fixed(side.BytesPerToken, 2)} bytes each, "
        + $"{NumberText.Fixed(side.TokensPerWord, 2)} a word, {NumberText.Fixed(side.TokensPerCodePoint, 3)} a character";

    private static IReadOnlyList<TableCell> Row(ComparedGroup group) =>
    [
        group.Name,
        NumberText.Count(group.Documents),
        new TableCell(NumberText.Bytes(group.Bytes)) { Exact = $"{NumberText.Count(group.Bytes)} bytes" },
        new TableCell(NumberText.Fixed(group.A.BytesPerToken, 2)) { Exact = $"{NumberText.Count(group.A.Tokens)} tokens" },
        new TableCell(NumberText.Fixed(group.B.BytesPerToken, 2)) { Exact = $"{NumberText.Count(group.B.Tokens)} tokens" },
        NumberText.Fixed(group.A.TokensPerWord, 2),
        NumberText.Fixed(group.B.TokensPerWord, 2),
        NumberText.Fixed(group.A.TokensPerCodePoint, 3),
        NumberText.Fixed(group.B.TokensPerCodePoint, 3),
        new TableCell(ComparisonPage.Change(group.Ratio)) { Exact = $"{NumberText.Significant(group.Ratio, 5)} tokens of the first for one of the second" },
    ];
}
