using Castalia.Data;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Sections;

/// <summary>The mixture that the suite was trained on.</summary>
internal sealed class DataSection(ReportInput input, FigureCommands commands) : IReportSection
{
    public string Id => "data";

    public string Title => "What it read";

    public void Write(HtmlBuilder html)
    {
        if (input.Corpus is not { } corpus)
        {
            MissingPart.Write(html, "This run built no corpus of its own.", commands.Missing("data"));
            return;
        }
        html.Element("p", "A model is what it has read. These are the parts of the corpus after exact duplicates were left out, and how much of each "
            + "went into training.");
        ComponentReport[] components =
            [.. corpus.Components.OrderByDescending(component => component.Share).ThenBy(component => component.Name, StringComparer.Ordinal)];
        double top = components.Select(component => component.Share).DefaultIfEmpty(1).Max();
        PackedReport? train = input.Tokens?.Sets.FirstOrDefault(set => set.Name == "train");
        long? Tokens(string name) => train is not null && train.Components.TryGetValue(name, out TokenAmount amount) ? amount.Tokens : null;

        IReadOnlyList<TableCell> Row(ComponentReport component, long? tokens, bool total) =>
        [
            total ? "All together" : component.Name,
            NumberText.Count(component.Train.Documents),
            new TableCell(NumberText.Bytes(component.Train.Bytes)) { Exact = $"{NumberText.Count(component.Train.Bytes)} bytes" },
            NumberText.Significant(component.Epochs),
            new TableCell(NumberText.Bytes(component.Effective.Bytes)) { Exact = $"{NumberText.Count(component.Effective.Bytes)} bytes" },
            tokens is { } count ? new TableCell(NumberText.Rounded(count)) { Exact = $"{NumberText.Count(count)} tokens" } : "–",
            tokens is > 0 and { } divisor ? NumberText.Fixed((double)component.Effective.Bytes / divisor, 2) : "–",
            total ? NumberText.Percent(component.Share) : new TableCell(NumberText.Percent(component.Share)) { Bar = top > 0 ? component.Share / top : 0 },
        ];

        ComponentReport? first = components.FirstOrDefault();
        new Figure
        {
            Id = "mixture",
            Title = first is null
                ? "The mixture"
                : $"{Sentences.Begun(NumberText.Word(components.Length))} components; {first.Name} is the largest with {NumberText.Percent(first.Share, 0)}",
            Subtitle = "The training text, largest share first. Epochs say how often a component's documents were repeated.",
            Body = body => new DataTable(
                "The training mixture by component",
                [
                    new TableColumn("Component"), new TableColumn("Documents", true, "minor"), new TableColumn("Size", true), new TableColumn("Epochs", true),
                    new TableColumn("Trained on", true, "minor"), new TableColumn("Tokens", true, "minor"), new TableColumn("Bytes a token", true, "minor"),
                    new TableColumn("Share", true, "share"),
                ],
                [.. components.Select(component => Row(component, Tokens(component.Name), false)), Row(corpus.Total, train?.Total.Tokens, true)],
                Totals: true).Write(body),
            Note = Note(corpus),
            Commands = commands.Of("data", "tokenizer", "tokenize"),
        }.Write(html);
    }

    private string Note(CorpusReport corpus)
    {
        ComponentReport total = corpus.Total;
        string note = $"Read: {NumberText.Count(total.Read.Documents)} documents. "
            + $"Left out: {NumberText.Count(total.DuplicatesRemoved.Documents)} whose text had come before "
            + $"({NumberText.Bytes(total.DuplicatesRemoved.Bytes)}) and {NumberText.Count(total.EmptyDocuments)} empty. "
            + $"Held out: {NumberText.Count(total.Validation.Documents)} for validation, {NumberText.Count(total.Test.Documents)} for test, "
            + "chosen by the hash of their text.";
        return input.Tokens is { } tokens ? note + $" The tokenizer knows {NumberText.Count(tokens.VocabularySize)} tokens." : note;
    }
}
