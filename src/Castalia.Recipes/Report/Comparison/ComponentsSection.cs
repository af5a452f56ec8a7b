using Castalia.Data;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Comparison;

/// <summary>How much text a token holds, source by source.</summary>
internal sealed class ComponentsSection(ComparisonResult result) : IReportSection
{
    public string Id => "components";

    public string Title => "What a token holds";

    public void Write(HtmlBuilder html)
    {
        html.Element("p", "The more bytes of text a token holds, the more text fits into a model's window, and the fewer steps it takes to read and write it.");
        new Figure
        {
            Id = "bytes-by-component",
            Title = Finding(),
            Subtitle = $"Bytes of text for each token, by source. On the right, how many more or fewer tokens {result.B.Name} needs than {result.A.Name}.",
            Body = Draw,
        }.Write(html);
        new Figure
        {
            Id = "component-table",
            Title = "The numbers",
            Subtitle = "By source, the one with the most text first. Words are what stands between white space.",
            Body = html => GroupTable.Write(html, result, "Source", result.Components),
        }.Write(html);
    }

    private string Finding()
    {
        ComparedGroup[] known = [.. result.Components.Where(group => double.IsFinite(group.Ratio))];
        if (known.Length == 0)
            return "Bytes of text for each token";
        int forA = known.Count(group => group.Ratio < 1), forB = known.Count(group => group.Ratio > 1);
        if (forA == 0 && forB == 0)
            return "Both need as many tokens for every source";
        string winner = forA >= forB ? result.A.Name : result.B.Name;
        int wins = Math.Max(forA, forB);
        ComparedGroup widest = known.MaxBy(group => Math.Abs(Math.Log(group.Ratio)))!;
        string most = known.Length == 1 ? "" : $"; the difference is largest for {widest.Name}";
        return wins == known.Length && wins > 1 ? $"{winner} needs fewer tokens for every source{most}"
            : known.Length == 1 ? $"{winner} needs fewer tokens"
            : $"{winner} needs fewer tokens for {NumberText.Word(wins)} of {NumberText.Word(known.Length)} sources{most}";
    }

    private void Draw(HtmlBuilder html)
    {
        ComparisonPage.WriteKey(html, result);
        ComparedGroup[] groups = [.. result.Components.OrderByDescending(group => group.A.BytesPerToken).ThenBy(group => group.Name, StringComparer.Ordinal)];
        foreach ((double width, int longest, string place) in new[] { (920.0, 34, "wide"), (380.0, 16, "narrow") })
        {
            new DotPlot
            {
                Width = width,
                Class = place,
                LongestName = longest,
                X = LinearScale.Around(groups.SelectMany(group => new[] { group.A.BytesPerToken, group.B.BytesPerToken })),
                XTitle = "bytes for each token",
                Description = $"Bytes of text for each token by source. {Finding()}.",
                Rows =
                [
                    .. groups.Select(group =>
                        new DotRow(group.Name, [group.A.BytesPerToken, group.B.BytesPerToken], ComparisonPage.Change(group.Ratio), GroupTable.Tip(result, group))),
                ],
            }.Write(html);
        }
    }
}
