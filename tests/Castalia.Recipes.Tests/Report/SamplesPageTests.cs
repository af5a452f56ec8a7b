using System.Globalization;
using Castalia.Evaluation;
using Castalia.Testing;
using Microsoft.Playwright;

namespace Castalia.Recipes.Tests.Report;

/// <summary>The page of <c>castalia eval view</c> in a real browser; it stands with the other pages because the browser does.</summary>
public sealed class SamplesPageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Page()
    {
        string Line(int id) => string.Create(CultureInfo.InvariantCulture,
            $$$"""{"doc_id": {{{id}}}, "target": "0", "arguments": {"gen_args_0": {"arg_0": "Question {{{id}}}: <b>bold?</b>", "arg_1": " yes"}}, "resps": [[["-1.5", "True"]]], "filtered_resps": [["-1.5", "True"]], "filter": "none", "metrics": ["acc"], "acc": {{{(id % 3 == 0 ? 1 : 0)}}}}""");
        foreach (string task in new[] { "one", "two" })
            File.WriteAllLines(_folder[$"samples_{task}_2026-01-01T10-00-00.000000.jsonl"], Enumerable.Range(0, 30).Select(Line));
        SamplesPage.Write(_folder["page.html"], [.. new[] { "one", "two" }.Select(task => _folder[$"samples_{task}_2026-01-01T10-00-00.000000.jsonl"])]);
        return _folder["page.html"];
    }

    [Theory]
    [InlineData(1000, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task Samples_are_paged_filtered_and_searched(int width, ColorScheme scheme)
    {
        await using OpenedPage opened = await OpenedPage.OpenAsync(Page(), width, scheme);
        IPage page = opened.Page;
        Assert.Equal("60 of 60", await page.TextContentAsync("#count"));
        Assert.Equal(25, await page.Locator("article").CountAsync());
        Assert.True(await page.Locator("#back").IsDisabledAsync());
        await page.ClickAsync("#next");
        await page.ClickAsync("#next");
        Assert.Equal(("3 of 3", 10), (await page.TextContentAsync("#where"), await page.Locator("article").CountAsync()));
        Assert.True(await page.Locator("#next").IsDisabledAsync());

        await page.SelectOptionAsync("#task", "two");
        Assert.Equal("30 of 60", await page.TextContentAsync("#count"));
        await page.SelectOptionAsync("#verdict", "right");
        Assert.Equal("10 of 60", await page.TextContentAsync("#count"));
        Assert.Equal(10, await page.Locator("article.right").CountAsync());
        await page.FillAsync("#search", "question 27:");
        await page.Locator("article").Nth(1).WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        Assert.Equal("1 of 60", await page.TextContentAsync("#count"));
        // What a model was shown is text, whatever it looks like.
        Assert.Equal("Question 27: <b>bold?</b>", await page.TextContentAsync("article pre"));
        await page.FillAsync("#search", "nowhere");
        await page.Locator(".none").WaitForAsync();
        Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"));
        Assert.Empty(opened.Complaints);
    }
}
