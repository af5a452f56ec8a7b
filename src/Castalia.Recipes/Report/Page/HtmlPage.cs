using System.Security.Cryptography;
using System.Text;
using Castalia.Recipes.Report.Charts.Colors;

namespace Castalia.Recipes.Report.Page;

/// <summary>A whole page: one file that asks nothing of any network.</summary>
internal sealed record HtmlPage
{
    private static readonly string Style = Resource("report.css");
    private static readonly string Script = Resource("report.js");

    /// <summary>What the browser's window is called.</summary>
    public required string Title { get; init; }

    /// <summary>How many series colours the page needs.</summary>
    public required int Colors { get; init; }

    /// <summary>What stands at the top.</summary>
    public required PageHeader Header { get; init; }

    /// <summary>The sections in order.</summary>
    public required IReadOnlyList<IReportSection> Sections { get; init; }

    /// <summary>What stands at the bottom.</summary>
    public required string Footer { get; init; }

    /// <summary>The page as HTML.</summary>
    public string Render()
    {
        var html = new HtmlBuilder();
        html.Trusted("<!DOCTYPE html>\n").Open("html", ("lang", "en")).Line();
        WriteHead(html);
        html.Open("body").Line();
        Header.Write(html, Sections);
        html.Open("main").Line();
        foreach (IReportSection section in Sections)
        {
            html.Open("section", ("id", section.Id)).Element("h2", section.Title).Line();
            section.Write(html);
            html.Close("section").Line();
        }
        html.Close("main").Line();
        html.Open("footer").Element("p", Footer).Close("footer").Line();
        html.Open("div", ("id", "tip"), ("role", "status"), ("hidden", "")).Close("div");
        html.Open("script").Trusted(Script).Close("script").Line();
        return html.Close("body").Close("html").Line().ToString();
    }

    private void WriteHead(HtmlBuilder html)
    {
        string lines = string.Concat(Enumerable.Range(0, Colors).Select(i => $".s{i}{{{SeriesColors.Line(i)}}}\n"));
        string style = $":root{{{SeriesColors.Light(Colors)}}}\n@media (prefers-color-scheme:dark){{:root{{{SeriesColors.Dark(Colors)}}}}}\n"
            + lines + TabGroup.Style() + Style;
        // Were text of a document ever to be taken for markup, this policy would still keep it from running or calling out.
        string script = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Script)));
        string policy = $"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{script}'";
        html.Open("head").Line()
            .Leaf("meta", ("charset", "utf-8")).Line()
            .Leaf("meta", ("http-equiv", "Content-Security-Policy"), ("content", policy)).Line()
            .Leaf("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")).Line()
            .Leaf("meta", ("name", "color-scheme"), ("content", "light dark")).Line()
            .Element("title", $"{Title} · Castalia").Line()
            .Open("style").Trusted(style).Close("style").Line()
            .Close("head").Line();
    }

    private static string Resource(string name)
    {
        using Stream stream = typeof(HtmlPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}

/// <summary>The head of a page: title, what happened in plain words, key figures, contents.</summary>
/// <param name="Kicker">What kind of page it is.</param>
/// <param name="Title">Its title.</param>
/// <param name="Lede">What happened, in a few sentences.</param>
/// <param name="Figures">Key figures and what they are.</param>
internal sealed record PageHeader(string Kicker, string Title, string Lede, IReadOnlyList<(string Value, string Name)> Figures)
{
    /// <summary>Writes the head, with the sections as contents.</summary>
    public void Write(HtmlBuilder html, IReadOnlyList<IReportSection> sections)
    {
        html.Open("header").Line().Element("p", Kicker, ("class", "kicker")).Element("h1", Title).Line();
        html.Element("p", Lede, ("class", "lede")).Line();
        html.Open("dl", ("class", "figures"));
        foreach ((string value, string name) in Figures)
            html.Open("div").Element("dt", name).Element("dd", value).Close("div");
        html.Close("dl").Line().Open("nav", ("aria-label", "Contents")).Open("ul");
        foreach (IReportSection section in sections)
            html.Open("li").Element("a", section.Title, ("href", "#" + section.Id)).Close("li");
        html.Close("ul").Close("nav").Close("header").Line();
    }
}
