using System.Security.Cryptography;
using System.Text;
using Castalia.Recipes.Report.Charts.Colors;
using Castalia.Recipes.Report.Sections;

namespace Castalia.Recipes.Report.Page;

/// <summary>The whole page: one file that asks nothing of any network.</summary>
internal static class ReportPage
{
    private static readonly string Style = Resource("report.css");
    private static readonly string Script = Resource("report.js");

    /// <summary>The page of a run.</summary>
    public static string Render(ReportInput input)
    {
        var commands = new FigureCommands(input);
        IReportSection[] sections =
        [
            new LossSection(input, commands),
            new ScoresSection(input, commands),
            new LensSection(input, commands),
            new BitsSection(input, commands),
            new ContinuationsSection(input, commands),
            new DataSection(input, commands),
            new StagesSection(input, commands),
        ];
        var html = new HtmlBuilder();
        html.Trusted("<!DOCTYPE html>\n").Open("html", ("lang", "en")).Line();
        WriteHead(html, input);
        html.Open("body").Line();
        new Masthead(input).Write(html, sections);
        html.Open("main").Line();
        foreach (IReportSection section in sections)
        {
            html.Open("section", ("id", section.Id)).Element("h2", section.Title).Line();
            section.Write(html);
            html.Close("section").Line();
        }
        html.Close("main").Line();
        html.Open("footer").Element("p", "Written by Castalia. Every number is read from the files of the run; nothing is loaded from anywhere else.")
            .Close("footer").Line();
        html.Open("div", ("id", "tip"), ("role", "status"), ("hidden", "")).Close("div");
        html.Open("script").Trusted(Script).Close("script").Line();
        return html.Close("body").Close("html").Line().ToString();
    }

    private static void WriteHead(HtmlBuilder html, ReportInput input)
    {
        int colors = Math.Max(1, input.Models.Count);
        string lines = string.Concat(Enumerable.Range(0, colors).Select(i => $".s{i}{{{SeriesColors.Line(i)}}}\n"));
        string style = $":root{{{SeriesColors.Light(colors)}}}\n@media (prefers-color-scheme:dark){{:root{{{SeriesColors.Dark(colors)}}}}}\n"
            + lines + TabGroup.Style() + Style;
        // Were text of a document ever to be taken for markup, this policy would still keep it from running or calling out.
        string script = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Script)));
        string policy = $"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{script}'";
        html.Open("head").Line()
            .Leaf("meta", ("charset", "utf-8")).Line()
            .Leaf("meta", ("http-equiv", "Content-Security-Policy"), ("content", policy)).Line()
            .Leaf("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")).Line()
            .Leaf("meta", ("name", "color-scheme"), ("content", "light dark")).Line()
            .Element("title", $"{input.Name} · Castalia").Line()
            .Open("style").Trusted(style).Close("style").Line()
            .Close("head").Line();
    }

    private static string Resource(string name)
    {
        using Stream stream = typeof(ReportPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
