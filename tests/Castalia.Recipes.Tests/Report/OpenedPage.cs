using Microsoft.Playwright;

namespace Castalia.Recipes.Tests.Report;

/// <summary>A page in a real browser, from the disk and without a network.</summary>
internal sealed class OpenedPage : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public required IBrowserContext Context { get; init; }

    public required IPage Page { get; init; }

    /// <summary>What the browser complained of: errors of the script, refused loads, and every request that left the file.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Opens a page in a window of its own; skips the test where there is no browser.</summary>
    public static async Task<OpenedPage> OpenAsync(string path, int width, ColorScheme scheme, bool script = true)
    {
        string? browser = FindBrowser();
        Assert.SkipWhen(browser is null, "No Chromium on the PATH: install one (apt-get install chromium) to run the browser tests.");
        return await CreateAsync(browser!, path, width, scheme, script);
    }

    private static async Task<OpenedPage> CreateAsync(string executable, string path, int width, ColorScheme scheme, bool script)
    {
        IPlaywright playwright = await Playwright.CreateAsync();
        IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = executable, Args = ["--no-sandbox"] });
        IBrowserContext context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
            JavaScriptEnabled = script,
            Offline = true,
        });
        IPage page = await context.NewPageAsync();
        var opened = new OpenedPage { Context = context, Page = page, _playwright = playwright, _browser = browser };
        page.Console += (_, message) => opened.Complaints.Add($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => opened.Complaints.Add(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("file:", StringComparison.Ordinal) || !request.IsNavigationRequest)
                opened.Complaints.Add("request: " + request.Url);
        };
        await page.GotoAsync(new Uri(path).AbsoluteUri);
        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser!.DisposeAsync();
        _playwright!.Dispose();
    }

    private static string? FindBrowser() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Where(folder => folder.Length > 0)
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name)))
            .FirstOrDefault(File.Exists);
}
