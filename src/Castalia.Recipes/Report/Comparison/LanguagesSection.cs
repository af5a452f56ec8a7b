using Castalia.Data;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Comparison;

/// <summary>How many tokens each language needs.</summary>
internal sealed class LanguagesSection(ComparisonResult result) : IReportSection
{
    private const int Most = 40;

    private readonly ComparedGroup[] _shown =
    [
        .. result.Languages.Where(group => group.A.Tokens > 0 && group.B.Tokens > 0 && group.Words > 0).Take(Most)
            .OrderBy(group => group.A.TokensPerCodePoint).ThenBy(group => group.Name, StringComparer.Ordinal),
    ];

    public string Id => "languages";

    public string Title => "Languages";

    public void Write(HtmlBuilder html)
    {
        if (_shown.Length == 0)
        {
            html.Element("p", "No document has letters, or says which language it is in.");
            return;
        }
        html.Element("p", "A language that a tokenizer saw little of falls apart into many tokens: its speakers pay more for the same text, and less of it fits into "
            + "a model's window. Fertility is the number of tokens for a word.");
        new Figure
        {
            Id = "fertility-by-language",
            Title = Finding(),
            Subtitle = "Logarithmic. A document's language is what its metadata says; where it says nothing, the script of most of its letters.",
            Body = Draw,
            Note = Note(),
        }.Write(html);
        new Figure
        {
            Id = "language-table",
            Title = "The numbers",
            Subtitle = "By language, the one with the most text first.",
            Body = WriteTable,
        }.Write(html);
    }

    private string Finding()
    {
        if (_shown.Length == 1)
            return $"All text is {_shown[0].Name}";
        ComparedGroup gains = _shown.MinBy(group => group.Ratio)!, loses = _shown.MaxBy(group => group.Ratio)!;
        return loses.Ratio > 1.0005 ? $"{result.B.Name} saves most on {loses.Name}: {NumberText.Percent(1 - 1 / loses.Ratio, 0)} fewer tokens"
            : gains.Ratio < 0.9995 ? $"{result.A.Name} saves most on {gains.Name}: {NumberText.Percent(1 - gains.Ratio, 0)} fewer tokens"
            : "Both need as many tokens for every language";
    }

    private string Note() => "Words are what stands between white space. Languages that put none between words (Chinese, Japanese, Thai, Khmer and others) have "
        + "few and long ones; for them look at tokens for a character." + (result.Languages.Count > _shown.Length
            ? $" Of {NumberText.Count(result.Languages.Count)} languages the {NumberText.Word(_shown.Length)} with the most text are drawn; the table has all." : "");

    private void Draw(HtmlBuilder html)
    {
        ComparisonPage.WriteKey(html, result);
        TabGroup.Write(html, "fertility", "What is counted",
        [
            ("Tokens for a word", view => Plot(view, "tokens for a word", side => side.TokensPerWord)),
            ("Tokens for a character", view => Plot(view, "tokens for a character", side => side.TokensPerCodePoint)),
        ]);
    }

    private void Plot(HtmlBuilder html, string what, Func<ComparedSide, double> measure)
    {
        foreach ((double width, int longest, string place) in new[] { (920.0, 30, "wide"), (380.0, 16, "narrow") })
        {
            new DotPlot
            {
                Width = width,
                Class = place,
                LongestName = longest,
                X = LogScale.Around(_shown.SelectMany(group => new[] { measure(group.A), measure(group.B) })),
                XTitle = what,
                Description = $"{what} by language",
                Rows =
                [
                    .. _shown.OrderBy(group => measure(group.A)).Select(group =>
                        new DotRow(group.Name, [measure(group.A), measure(group.B)], ComparisonPage.Change(group.Ratio), GroupTable.Tip(result, group))),
                ],
            }.Write(html);
        }
    }

    private void WriteTable(HtmlBuilder html)
    {
        if (result.Languages.Count <= 12)
        {
            GroupTable.Write(html, result, "Language", result.Languages);
            return;
        }
        html.Open("details").Element("summary", $"All {NumberText.Count(result.Languages.Count)} languages");
        GroupTable.Write(html, result, "Language", result.Languages);
        html.Close("details").Line();
    }
}
