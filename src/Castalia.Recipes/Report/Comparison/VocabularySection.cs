using System.Globalization;
using System.Text;
using Castalia.Data;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Comparison;

/// <summary>What the two vocabularies have in common.</summary>
internal sealed class VocabularySection(ComparisonResult result) : IReportSection
{
    private const int MostRows = 25;

    private readonly VocabularyComparison _vocabulary = result.Vocabulary;

    public string Id => "vocabularies";

    public string Title => "The vocabularies";

    public void Write(HtmlBuilder html)
    {
        html.Element("p", "Two tokens are the same here if they stand for the same bytes of text, whatever their ids.");
        new Figure
        {
            Id = "overlap",
            Title = $"{NumberText.Count(_vocabulary.Shared)} tokens are in both",
            Subtitle = "The widths are numbers of tokens. "
                + $"Of {result.A.Name}'s {NumberText.Count(result.A.Tokens)} tokens this text has {NumberText.Count(result.A.UsedTokens)}, "
                + $"of {result.B.Name}'s {NumberText.Count(result.B.Tokens)} it has {NumberText.Count(result.B.UsedTokens)}.",
            Body = WriteOverlap,
            Note = $"In this text, {NumberText.Percent(_vocabulary.SharedUseA)} of the tokens of {result.A.Name} are ones that {result.B.Name} has as well; "
                + $"of those of {result.B.Name}, {NumberText.Percent(_vocabulary.SharedUseB)} are ones that {result.A.Name} has.",
        }.Write(html);
        if (_vocabulary.FrequentOnlyA.Count + _vocabulary.FrequentOnlyB.Count == 0)
            return;
        new Figure
        {
            Id = "differing-tokens",
            Title = "Tokens that only one has",
            Subtitle = "The most frequent in this text. ␣ is a space, ⏎ a line end, ⇥ a tab, \\xE2 a byte that is part of a character.",
            Body = WriteTokens,
        }.Write(html);
    }

    private void WriteOverlap(HtmlBuilder html)
    {
        html.Open("div", ("class", "overlap"), ("role", "img"), ("aria-label",
            $"{NumberText.Count(_vocabulary.OnlyA)} tokens only in {result.A.Name}, {NumberText.Count(_vocabulary.Shared)} in both, {NumberText.Count(_vocabulary.OnlyB)} only in {result.B.Name}"));
        foreach ((int count, string what, string? color) in new[]
        {
            (_vocabulary.OnlyA, $"only {result.A.Name}", "s0"), (_vocabulary.Shared, "both", null), (_vocabulary.OnlyB, $"only {result.B.Name}", "s1"),
        })
        {
            if (count > 0)
            {
                html.Open("div", ("class", color), ("style", string.Create(CultureInfo.InvariantCulture, $"flex:{count} 1 72px")))
                    .Element("b", NumberText.Count(count)).Text(what).Close("div");
            }
        }
        html.Close("div").Line();
    }

    private void WriteTokens(HtmlBuilder html)
    {
        html.Open("div", ("class", "multiples two"));
        foreach ((ComparedTokenizer tokenizer, IReadOnlyList<CountedToken> tokens, long all, string color) in new[]
        {
            (result.A, _vocabulary.FrequentOnlyA, result.Total.A.Tokens, "s0"), (result.B, _vocabulary.FrequentOnlyB, result.Total.B.Tokens, "s1"),
        })
        {
            html.Open("div", ("class", $"multiple {color}")).Open("h4").Text($"Only {tokenizer.Name}").Close("h4");
            if (tokens.Count == 0)
                html.Element("p", "None that this text has.", ("class", "note"));
            else
                WriteTable(html, tokenizer, tokens, all);
            html.Close("div");
        }
        html.Close("div").Line();
    }

    private static void WriteTable(HtmlBuilder html, ComparedTokenizer tokenizer, IReadOnlyList<CountedToken> tokens, long all)
    {
        double top = tokens[0].Count;
        new DataTable(
            $"The most frequent tokens that only {tokenizer.Name} has",
            [new TableColumn("Token", false, "token"), new TableColumn("Times", true), new TableColumn("Share", true, "share")],
            [
                .. tokens.Take(MostRows).Select(token => (IReadOnlyList<TableCell>)
                [
                    new TableCell(Shown(token.Text)) { Exact = $"id {token.Id.ToString(CultureInfo.InvariantCulture)}, {token.Token}" },
                    NumberText.Count(token.Count),
                    new TableCell(NumberText.Percent((double)token.Count / all, 3)) { Bar = token.Count / top },
                ]),
            ]).Write(html);
    }

    /// <summary>A token's text with its white space made visible; long ones are cut, runs of one character are counted.</summary>
    internal static string Shown(string text)
    {
        var shown = new StringBuilder();
        Rune[] runes = [.. text.EnumerateRunes()];
        for (int i = 0, written = 0; i < runes.Length; written++)
        {
            if (written == 24)
                return shown.Append('…').ToString();
            int run = 1;
            while (i + run < runes.Length && runes[i + run] == runes[i])
                run++;
            shown.Append(Visible(runes[i]));
            if (run > 4)
                shown.Append(CultureInfo.InvariantCulture, $"×{run}");
            else
                run = 1;
            i += run;
        }
        return shown.ToString();
    }

    private static string Visible(Rune rune) => rune.Value switch
    {
        ' ' => "␣",
        '\n' => "⏎",
        '\r' => "␍",
        '\t' => "⇥",
        _ when Rune.IsWhiteSpace(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            => string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}"),
        _ => rune.ToString(),
    };
}
