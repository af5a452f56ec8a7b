using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Castalia.Data;
using Castalia.Recipes.Report;
using Castalia.Recipes.Report.Comparison;
using Castalia.Testing;
using Microsoft.Playwright;

namespace Castalia.Recipes.Tests.Report;

/// <summary>The page of two tokenizers.</summary>
public sealed class ComparisonPageTests
{
    private const string Hostile = "<script>alert(1)</script>\"'&\u202E\0";

    [Fact]
    public void Every_number_that_the_text_names_is_that_of_the_results()
    {
        IDocument page = Parse(Made(20, 60));
        Assert.Equal("alpha and beta", page.QuerySelector("h1")!.TextContent);
        Assert.Contains("beta needs 20.0\u00A0% fewer tokens than alpha", page.QuerySelector(".lede")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(20 + 1, page.QuerySelectorAll("#component-table tbody tr").Length);
        Assert.Equal(2 * 2 * 20, page.QuerySelectorAll("#bytes-by-component circle").Length); // wide and narrow, two dots a row
        Assert.Equal(2 * 2 * 2 * 40, page.QuerySelectorAll("#fertility-by-language circle").Length);
        Assert.Equal(60 + 1, page.QuerySelectorAll("#language-table tbody tr").Length);
        Assert.Equal("castalia tokenizer compare a b", page.QuerySelector("#tokenizers code")!.TextContent);
        // All bars together are all documents, and each side of 1 has its own colour.
        Assert.Equal(2, page.QuerySelectorAll("#ratio-by-document svg.wide g.bars").Length);
    }

    [Fact]
    public void Text_of_files_never_becomes_markup()
    {
        ComparisonResult made = Made(3, 2);
        ComparisonResult hostile = made with
        {
            A = made.A with { Name = Hostile },
            Components = [.. made.Components.Select(group => group with { Name = Hostile + group.Name })],
            Languages = [.. made.Languages.Select(group => group with { Name = Hostile + group.Name })],
            BestForA = [new ComparedDocument(Hostile, Hostile, 300, 1, 2)],
            Vocabulary = made.Vocabulary with { FrequentOnlyA = [new CountedToken(1, Hostile, Hostile, 5)] },
        };
        IDocument page = Parse(hostile, Hostile);
        Assert.Single(page.Scripts);
        Assert.DoesNotContain('\u202E', page.DocumentElement.OuterHtml);
        Assert.Contains(page.QuerySelectorAll("#differing-tokens th"), cell => cell.TextContent.Contains("<script>", StringComparison.Ordinal));
    }

    [Fact]
    public void A_corpus_without_text_has_a_page_as_well()
    {
        var side = new ComparedSide(0, double.NaN, double.NaN, double.NaN, 0);
        var none = new ComparedGroup("all", 0, 0, 0, 0, side, side, double.NaN, null);
        IDocument page = Parse(new ComparisonResult
        {
            A = new ComparedTokenizer("alpha", "a", "BPE", 0, 0),
            B = new ComparedTokenizer("beta", "b", "BPE", 0, 0),
            Total = none,
            Components = [none with { Name = "empty" }],
            Languages = [none with { Name = "no letters" }],
            Ratios = new RatioDistribution(0, double.NaN, double.NaN, double.NaN, []),
            BestForA = [],
            BestForB = [],
            Vocabulary = new VocabularyComparison(0, 0, 0, false, double.NaN, double.NaN, [], []),
        });
        Assert.Contains("no text", page.QuerySelector(".lede")!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page.Body!.TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" the", "␣the")]
    [InlineData("\n\n", "⏎⏎")]
    [InlineData("      x", "␣×6x")]
    [InlineData("\u00A0\u200B", "U+00A0U+200B")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwx…")]
    public void White_space_of_tokens_is_seen(string text, string shown) => Assert.Equal(shown, VocabularySection.Shown(text));

    [Theory]
    [InlineData(1400, ColorScheme.Light)]
    [InlineData(1400, ColorScheme.Dark)]
    [InlineData(760, ColorScheme.Light)]
    [InlineData(380, ColorScheme.Light)]
    public async Task It_opens_offline_without_errors_and_fits_the_window(int width, ColorScheme scheme)
    {
        using var folder = new TemporaryFolder();
        ComparisonReport.Write(Made(20, 60), "castalia tokenizer compare a b", folder["comparison.html"]);
        await using OpenedPage opened = await OpenedPage.OpenAsync(folder["comparison.html"], width, scheme);
        IPage page = opened.Page;
        int[] widths = await page.EvaluateAsync<int[]>("() => [document.documentElement.scrollWidth, innerWidth]");
        Assert.True(widths[0] <= widths[1], $"The page is {widths[0]} wide in a window of {widths[1]}.");
        foreach (string figure in new[] { "bytes-by-component", "ratio-by-document" })
        {
            Assert.Equal(width > 700, await page.Locator($"#{figure} svg.wide").IsVisibleAsync());
            Assert.Equal(width <= 700, await page.Locator($"#{figure} svg.narrow").IsVisibleAsync());
        }
        Assert.Empty(opened.Complaints);
    }

    [Fact]
    public async Task Pointing_at_a_row_shows_its_numbers_and_the_buttons_switch_what_is_counted()
    {
        using var folder = new TemporaryFolder();
        ComparisonReport.Write(Made(5, 5), "castalia tokenizer compare a b", folder["comparison.html"]);
        await using OpenedPage opened = await OpenedPage.OpenAsync(folder["comparison.html"], 1400, ColorScheme.Light);
        ILocator tip = opened.Page.Locator("#tip");
        await opened.Page.Locator("#bytes-by-component svg.wide .hits path").Nth(2).HoverAsync();
        string text = await tip.InnerTextAsync();
        Assert.Contains("component 2", text);
        Assert.Matches(@"alpha: [\d,]+ tokens", text);
        await opened.Page.Locator("#ratio-by-document svg.wide .hits path").First.HoverAsync();
        Assert.Contains("documents", await tip.InnerTextAsync());

        await opened.Page.Locator("#fertility-by-language .tabs > label").Nth(1).ClickAsync();
        Assert.True(await opened.Page.Locator("#fertility-by-language .view-1 svg.wide").IsVisibleAsync());
        Assert.False(await opened.Page.Locator("#fertility-by-language .view-0 svg.wide").IsVisibleAsync());
        Assert.Empty(opened.Complaints);
    }

    private static IDocument Parse(ComparisonResult result, string command = "castalia tokenizer compare a b")
    {
        string html = ComparisonPage.Render(result, command);
        Assert.Equal(html, ComparisonPage.Render(result, command));
        return new HtmlParser().ParseDocument(html);
    }

    // A needs a quarter more tokens than B for each group but the first, where it needs fewer.
    private static ComparisonResult Made(int components, int languages)
    {
        ComparedGroup Group(string name, int number)
        {
            (long bytes, long b) = (1000L * (components + 100 - number), 250L * (components + 100 - number));
            long a = number == 0 ? b * 4 / 5 : b * 5 / 4;
            return new ComparedGroup(name, 10, bytes, bytes, bytes / 5, Side(a, 10), Side(b, number % 2 == 0 ? 9 : 10), (double)a / b, null);

            ComparedSide Side(long tokens, long roundTrips) => new(tokens, (double)bytes / tokens, tokens / (bytes / 5.0), (double)tokens / bytes, roundTrips);
        }
        ComparedGroup total = Group("all", 1);
        return new ComparisonResult
        {
            A = new ComparedTokenizer("alpha", "alpha.json", "BPE", 1000, 900),
            B = new ComparedTokenizer("beta", "beta.json", "Unigram", 1200, 800),
            Total = total,
            Components = [.. Enumerable.Range(0, components).Select(number => Group($"component {number}", number))],
            Languages = [.. Enumerable.Range(0, languages).Select(number => Group($"language {number}", number))],
            Ratios = new RatioDistribution(100, 0.8, 1.2, 1.3, [new RatioBin(0.79, 0.8, 20), new RatioBin(1.2, 1.21, 60), new RatioBin(1.3, 1.31, 20)]),
            BestForA = [new ComparedDocument("first", "component 0", 500, 80, 100)],
            BestForB = [new ComparedDocument("last", "component 1", 500, 130, 100)],
            Vocabulary = new VocabularyComparison(700, 300, 500, false, 0.9, 0.8, [new CountedToken(7, "Ġx", " x", 50)], [new CountedToken(8, "▁y", " y", 40), new CountedToken(9, "ĊĊ", "\n\n", 30)]),
        };
    }
}
