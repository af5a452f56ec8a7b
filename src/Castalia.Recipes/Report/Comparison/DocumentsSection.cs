using Castalia.Data;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Comparison;

/// <summary>How the two differ document by document.</summary>
internal sealed class DocumentsSection(ComparisonResult result) : IReportSection
{
    public string Id => "documents";

    public string Title => "Document by document";

    public void Write(HtmlBuilder html)
    {
        RatioDistribution ratios = result.Ratios;
        if (ratios.Documents == 0)
        {
            html.Element("p", "No document has tokens of both.");
            return;
        }
        html.Element("p", $"For each document, how many tokens of {result.A.Name} come to one of {result.B.Name}. Below 1, {result.A.Name} needs fewer.");
        new Figure
        {
            Id = "ratio-by-document",
            Title = Finding(),
            Subtitle = $"Documents by tokens of {result.A.Name} for one of {result.B.Name}, logarithmic.",
            Body = Draw,
            Note = $"Nine in ten documents lie between {NumberText.Fixed(ratios.Percentile5, 2)} and {NumberText.Fixed(ratios.Percentile95, 2)}. "
                + "The first and the last bar hold what lies beyond as well.",
        }.Write(html);
        if (result.BestForA.Count == 0)
            return;
        new Figure
        {
            Id = "extreme-documents",
            Title = "The documents they differ on most",
            Subtitle = $"Of those with at least {TokenizerComparison.LeastBytes} bytes of text.",
            Body = WriteExtremes,
        }.Write(html);
    }

    private string Finding()
    {
        double forA = Share(bin => bin.To <= 1.000001), forB = Share(bin => bin.From >= 0.999999);
        return Math.Abs(result.Ratios.Median - 1) < 0.01 && forA < 0.5 && forB < 0.5 ? "For most documents both need about as many tokens"
            : forA >= forB ? $"{result.A.Name} needs fewer tokens for {NumberText.Percent(forA, 0)} of the documents"
            : $"{result.B.Name} needs no more tokens for {NumberText.Percent(forB, 0)} of the documents";
    }

    private double Share(Func<RatioBin, bool> belongs) => (double)result.Ratios.Bins.Where(belongs).Sum(bin => bin.Documents) / result.Ratios.Documents;

    private void Draw(HtmlBuilder html)
    {
        ComparisonPage.WriteKey(html, result, "needs fewer tokens");
        // The fewest bins of an even ratio that show the middle 98 percent in some forty bars; what lies beyond is put at the ends.
        (double low, double high) = (Math.Min(Inner(0.01), 0.98), Math.Max(Inner(0.99), 1.02));
        double step = Math.Max(1, Math.Round(Math.Log2(high / low) * 64 / 40)) / 64;
        int first = (int)Math.Floor(Math.Log2(low) / step), last = (int)Math.Ceiling(Math.Log2(high) / step) - 1;
        long[] amounts = new long[last - first + 1];
        foreach (RatioBin bin in result.Ratios.Bins)
            amounts[Math.Clamp((int)Math.Floor(Math.Log2(Math.Sqrt(bin.From * bin.To)) / step) - first, 0, amounts.Length - 1)] += bin.Documents;
        HistogramBar[] bars =
        [
            .. amounts.Index().Select(pair =>
            {
                double from = Math.Pow(2, (first + pair.Index) * step), to = Math.Pow(2, (first + pair.Index + 1) * step);
                string range = pair.Index == 0 ? $"below {NumberText.Fixed(to, 2)}"
                    : pair.Index == amounts.Length - 1 ? $"from {NumberText.Fixed(from, 2)}"
                    : $"{NumberText.Fixed(from, 2)} to {NumberText.Fixed(to, 2)}";
                return new HistogramBar(from, to, pair.Item, first + pair.Index < 0 ? 0 : 1,
                    $"{range}\n{NumberText.Count(pair.Item)} documents, {NumberText.Percent((double)pair.Item / result.Ratios.Documents)}");
            }),
        ];
        foreach ((double width, double height, string place) in new[] { (920.0, 300.0, "wide"), (380.0, 250.0, "narrow") })
        {
            new Histogram
            {
                Width = width,
                Height = height,
                Class = place,
                X = new LogScale(bars[0].From, bars[^1].To),
                XTitle = $"tokens of {ComparisonPage.Short(result.A.Name)} for one of {ComparisonPage.Short(result.B.Name)}",
                Description = $"Documents by ratio of tokens. {Finding()}.",
                Bars = bars,
                Divide = (1, $"fewer of {ComparisonPage.Short(result.A.Name, 16)}", $"fewer of {ComparisonPage.Short(result.B.Name, 16)}"),
            }.Write(html);
        }
    }

    // The ratio that a share of the documents does not exceed, to a bin.
    private double Inner(double share)
    {
        double below = 0;
        foreach (RatioBin bin in result.Ratios.Bins)
        {
            below += bin.Documents;
            if (below >= share * result.Ratios.Documents)
                return Math.Sqrt(bin.From * bin.To);
        }
        return 1;
    }

    private void WriteExtremes(HtmlBuilder html)
    {
        IReadOnlyList<TableCell> Row(ComparedDocument document) =>
        [
            new TableCell(ComparisonPage.Short(document.Id, 36)) { Exact = document.Id }, document.Source, NumberText.Bytes(document.Bytes),
            NumberText.Count(document.TokensA), NumberText.Count(document.TokensB), NumberText.Fixed(document.Ratio, 2),
        ];
        new DataTable(
            "The documents the two differ on most",
            [
                new TableColumn("Document"), new TableColumn("Source", false, "minor"), new TableColumn("Text", true, "minor"),
                new TableColumn(ComparisonPage.Short(result.A.Name, 16), true), new TableColumn(ComparisonPage.Short(result.B.Name, 16), true),
                new TableColumn("Ratio", true),
            ],
            [.. result.BestForA.Concat(result.BestForB.Reverse()).DistinctBy(document => (document.Source, document.Id)).Select(Row)]).Write(html);
    }
}
