using Castalia.Recipes.Report;
using Castalia.Testing;
using Microsoft.Playwright;

namespace Castalia.Recipes.Tests.Report;

/// <summary>The report in a real browser, from the disk and without a network.</summary>
public sealed class BrowserTests(RunOfTest run) : IClassFixture<RunOfTest>
{
    [Theory]
    [InlineData(1400, ColorScheme.Light)]
    [InlineData(1400, ColorScheme.Dark)]
    [InlineData(760, ColorScheme.Light)]
    [InlineData(380, ColorScheme.Light)]
    public async Task It_opens_offline_without_errors_and_fits_the_window(int width, ColorScheme scheme)
    {
        await using OpenedPage opened = await OpenAsync(width, scheme);
        IPage page = opened.Page;
        Assert.Equal("mini-pythia", await page.Locator("h1").TextContentAsync());
        int[] widths = await page.EvaluateAsync<int[]>("() => [document.documentElement.scrollWidth, innerWidth]");
        Assert.True(widths[0] <= widths[1], $"The page is {widths[0]} wide in a window of {widths[1]}.");
        Assert.Equal(width > 700, await page.Locator("#loss-curves svg.wide").IsVisibleAsync());
        Assert.Equal(width <= 700, await page.Locator("#loss-curves svg.narrow").IsVisibleAsync());
        Assert.Empty(opened.Complaints);
    }

    [Fact]
    public async Task The_buttons_switch_the_lens()
    {
        await using OpenedPage opened = await OpenAsync(1400, ColorScheme.Light);
        ILocator views = opened.Page.Locator("#lens-maps .view");
        ILocator buttons = opened.Page.Locator("#lens-maps .tabs > label");
        int count = await buttons.CountAsync();
        Assert.Equal(4, count);
        for (int chosen = 0; chosen < count; chosen++)
        {
            await buttons.Nth(chosen).ClickAsync();
            for (int view = 0; view < count; view++)
                Assert.Equal(view == chosen, await views.Nth(view).IsVisibleAsync());
            foreach (ILocator map in await views.Nth(chosen).Locator("svg.heat").AllAsync())
                Assert.InRange((await map.BoundingBoxAsync())!.Width, 250, 500);
        }
        Assert.Empty(opened.Complaints);
    }

    [Fact]
    public async Task The_first_view_shows_without_a_script_and_the_buttons_still_switch()
    {
        await using OpenedPage opened = await OpenAsync(1400, ColorScheme.Light, script: false);
        ILocator views = opened.Page.Locator("#lens-maps .view");
        Assert.True(await views.Nth(0).IsVisibleAsync());
        await opened.Page.Locator("#lens-maps .tabs > label").Nth(2).ClickAsync();
        Assert.True(await views.Nth(2).IsVisibleAsync());
        Assert.False(await views.Nth(0).IsVisibleAsync());
        Assert.False(await opened.Page.Locator("button.copy").First.IsVisibleAsync());
    }

    [Fact]
    public async Task Pointing_at_a_chart_shows_exact_values_of_every_model()
    {
        await using OpenedPage opened = await OpenAsync(1400, ColorScheme.Light);
        await opened.Page.Locator("#loss-curves svg.wide").HoverAsync();
        ILocator tip = opened.Page.Locator("#tip");
        string text = await tip.InnerTextAsync();
        Assert.Contains("step", text);
        Assert.All(SyntheticRun.Models, model => Assert.Contains(model, text));
        Assert.Matches(@"\d\.\d{3} nats", text);

        await opened.Page.Locator("#lens-maps svg.heat").First.ScrollIntoViewIfNeededAsync();
        await opened.Page.Locator("#lens-maps .view-0 svg.heat .cells path").Nth(20).HoverAsync();
        Assert.Contains("KL to the final", await tip.InnerTextAsync());
        Assert.Empty(opened.Complaints);
    }

    [Fact]
    public async Task The_copy_button_copies_the_commands()
    {
        await using OpenedPage opened = await OpenAsync(1400, ColorScheme.Light);
        await opened.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        ILocator again = opened.Page.Locator("#loss-curves .again");
        await again.Locator("button").ClickAsync();
        await Assertions.Expect(again.Locator("button")).ToHaveTextAsync("Copied");
        Assert.Equal(await again.Locator("code").TextContentAsync(), await opened.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
    }

    [Fact]
    public async Task A_run_with_nothing_but_data_opens_too()
    {
        using var folder = new TemporaryFolder();
        new SyntheticRun(seed: 3).Write(folder.Path);
        foreach (string part in new[] { "models", "evaluation", "lens", "generations" })
            Directory.Delete(folder[part], recursive: true);
        ReportBuilder.Build(folder.Path, folder["other.html"]);
        await using OpenedPage opened = await OpenAsync(380, ColorScheme.Dark, path: folder["other.html"]);
        Assert.Equal(5, await opened.Page.Locator(".missing").CountAsync());
        Assert.Empty(opened.Complaints);
    }

    private Task<OpenedPage> OpenAsync(int width, ColorScheme scheme, bool script = true, string? path = null) =>
        OpenedPage.OpenAsync(path ?? run.Report, width, scheme, script);
}
