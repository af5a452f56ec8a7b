using Castalia.Data;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Comparison;

/// <summary>Whether decoding gives the text back.</summary>
internal sealed class RoundTripSection(ComparisonResult result) : IReportSection
{
    public string Id => "round-trip";

    public string Title => "There and back";

    public void Write(HtmlBuilder html)
    {
        ComparedGroup total = result.Total;
        html.Element("p", "Each document was decoded again. A tokenizer that normalizes text, or has no token for some character, does not give all of it back.");
        ComparedGroup[] lossy = [.. result.Components.Where(group => group.A.RoundTrips < group.Documents || group.B.RoundTrips < group.Documents)];
        new Figure
        {
            Id = "round-trips",
            Title = lossy.Length == 0 ? "Both give every document back to the byte"
                : $"{result.A.Name} gives {Share(total, total.A)} of the documents back to the byte, {result.B.Name} {Share(total, total.B)}",
            Subtitle = lossy.Length == 0 ? $"{NumberText.Count(total.Documents)} documents." : "Documents that came back otherwise, by source.",
            Body = body =>
            {
                if (lossy.Length > 0)
                    WriteTable(body, lossy);
            },
        }.Write(html);
    }

    private void WriteTable(HtmlBuilder html, IReadOnlyList<ComparedGroup> groups) => new DataTable(
        "Documents that came back otherwise",
        [
            new TableColumn("Source"), new TableColumn("Documents", true),
            new TableColumn($"Changed by {ComparisonPage.Short(result.A.Name, 16)}", true, "wraps"),
            new TableColumn($"Changed by {ComparisonPage.Short(result.B.Name, 16)}", true, "wraps"),
        ],
        [.. groups.Append(result.Total with { Name = "All together" }).Select(group => (IReadOnlyList<TableCell>)
        [
            group.Name, NumberText.Count(group.Documents), NumberText.Count(group.Documents - group.A.RoundTrips), NumberText.Count(group.Documents - group.B.RoundTrips),
        ])],
        Totals: true).Write(html);

    // Never rounded up to all.
    private static string Share(ComparedGroup group, ComparedSide side) => side.RoundTrips == group.Documents ? "all"
        : NumberText.Percent(Math.Min((double)side.RoundTrips / group.Documents, 0.999));
}
