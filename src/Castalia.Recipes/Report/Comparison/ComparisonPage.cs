using Castalia.Data;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Comparison;

/// <summary>The page of two tokenizers on one corpus.</summary>
internal static class ComparisonPage
{
    /// <summary>The page as HTML.</summary>
    /// <param name="result">The comparison.</param>
    /// <param name="command">The command that makes it again.</param>
    public static string Render(ComparisonResult result, string command)
    {
        return new HtmlPage
        {
            Title = $"{result.A.Name} and {result.B.Name}",
            Colors = 2,
            Header = new PageHeader("Castalia · two tokenizers", $"{result.A.Name} and {result.B.Name}", string.Join(' ', Summary(result)), [.. Figures(result)]),
            Sections =
            [
                new ComponentsSection(result),
                new LanguagesSection(result),
                new DocumentsSection(result),
                new VocabularySection(result),
                new RoundTripSection(result),
                new MakingSection(result, command),
            ],
            Footer = "Written by Castalia. Every number is read from results.json; nothing is loaded from anywhere else.",
        }.Render();
    }

    private static IEnumerable<string> Summary(ComparisonResult result)
    {
        ComparedGroup total = result.Total;
        string text = $"{NumberText.Bytes(total.Bytes)} of text from {Sources(result.Components.Count)}";
        if (!double.IsFinite(total.Ratio))
        {
            yield return $"There is no text to compare them on: {text}.";
            yield break;
        }
        (ComparedTokenizer few, ComparedTokenizer many) = total.Ratio <= 1 ? (result.A, result.B) : (result.B, result.A);
        (ComparedSide fewer, ComparedSide more) = total.Ratio <= 1 ? (total.A, total.B) : (total.B, total.A);
        double saved = 1 - (double)fewer.Tokens / more.Tokens;
        yield return saved < 0.0005
            ? $"On {text}, both need as many tokens: one holds {NumberText.Fixed(fewer.BytesPerToken, 2)} bytes of text."
            : $"On {text}, {few.Name} needs {NumberText.Percent(saved)} fewer tokens than {many.Name}: "
                + $"one holds {NumberText.Fixed(fewer.BytesPerToken, 2)} bytes of text, against {NumberText.Fixed(more.BytesPerToken, 2)}.";
        if (total.IdenticalDocuments is { } identical)
        {
            yield return $"Both have the same vocabulary, and {NumberText.Percent((double)identical / total.Documents)} of the documents get the same ids.";
            yield break;
        }
        VocabularyComparison vocabulary = result.Vocabulary;
        int all = vocabulary.Shared + vocabulary.OnlyA + vocabulary.OnlyB;
        if (all > 0)
            yield return $"They have {NumberText.Count(vocabulary.Shared)} tokens in common, {NumberText.Percent((double)vocabulary.Shared / all, 0)} of all that either has.";
    }

    private static IEnumerable<(string, string)> Figures(ComparisonResult result)
    {
        yield return (NumberText.Fixed(result.Total.A.BytesPerToken, 2), $"bytes a token, {Short(result.A.Name)}");
        yield return (NumberText.Fixed(result.Total.B.BytesPerToken, 2), $"bytes a token, {Short(result.B.Name)}");
        yield return (NumberText.Fixed(result.Total.Ratio, 3), "tokens of the first for one of the second");
        yield return (NumberText.Compact(result.A.Tokens), $"tokens known, {Short(result.A.Name)}");
        yield return (NumberText.Compact(result.B.Tokens), $"tokens known, {Short(result.B.Name)}");
        yield return (NumberText.Count(result.Total.Documents), "documents");
    }

    /// <summary>A number of sources in words.</summary>
    public static string Sources(int count) => count == 1 ? "one source" : $"{NumberText.Word(count)} sources";

    /// <summary>A name that fits into narrow places.</summary>
    public static string Short(string name, int most = 24) => name.Length <= most ? name : name[..(most - 1)] + "…";

    /// <summary>How many more or fewer tokens the second needs: <c>−7.4 %</c>.</summary>
    public static string Change(double ratio) =>
        !double.IsFinite(ratio) || ratio <= 0 ? "–" : Math.Abs(1 / ratio - 1) < 0.0005 ? "0.0\u00A0%" : $"{(ratio < 1 ? "+" : "")}{NumberText.Percent(1 / ratio - 1)}";

    /// <summary>Which colour is which tokenizer.</summary>
    public static void WriteKey(HtmlBuilder html, ComparisonResult result, string? remark = null)
    {
        html.Open("p", ("class", "key")).Element("span", result.A.Name, ("class", "s0")).Element("span", result.B.Name, ("class", "s1"));
        if (remark is not null)
            html.Element("small", remark);
        html.Close("p").Line();
    }
}
