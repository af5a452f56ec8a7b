using Castalia.Data;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Comparison;

/// <summary>What was compared, and the command that does it again.</summary>
internal sealed class MakingSection(ComparisonResult result, string command) : IReportSection
{
    public string Id => "making";

    public string Title => "How it was made";

    public void Write(HtmlBuilder html)
    {
        html.Element("p", "All numbers are in results.json beside this page. "
            + "Special tokens that a tokenizer would put around a text, truncation and padding were left out.");
        new Figure
        {
            Id = "tokenizers",
            Title = "The tokenizers",
            Subtitle = "As their files have them.",
            Body = Table,
            Commands = [command],
        }.Write(html);
    }

    private void Table(HtmlBuilder html) => new DataTable(
        "The tokenizers",
        [
            new TableColumn("Tokenizer"), new TableColumn("Model"), new TableColumn("Tokens", true), new TableColumn("In this text", true), new TableColumn("File", false, "minor"),
        ],
        [.. new[] { result.A, result.B }.Select(tokenizer => (IReadOnlyList<TableCell>)
            [ComparisonPage.Short(tokenizer.Name), tokenizer.Model, NumberText.Count(tokenizer.Tokens), NumberText.Count(tokenizer.UsedTokens), tokenizer.File])]).Write(html);
}
