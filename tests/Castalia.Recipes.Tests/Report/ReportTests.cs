using System.Text;
using AngleSharp;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Castalia.Evaluation;
using Castalia.Recipes.Report;
using Castalia.Testing;

namespace Castalia.Recipes.Tests.Report;

/// <summary>The report of a whole run, read as a browser reads it.</summary>
public sealed class ReportTests(RunOfTest run) : IClassFixture<RunOfTest>
{
    private static readonly string[] Figures =
    [
        "loss-curves", "scores-across-training", "final-scores", "lens-maps", "bits-final", "bits-across-training", "continuations-by-step", "mixture", "stage-table",
    ];

    private readonly IHtmlDocument _page = Parse(File.ReadAllText(run.Report));

    [Fact]
    public void The_markup_has_no_errors()
    {
        var errors = new List<string>();
        var parser = new HtmlParser();
        parser.Error += (_, e) => errors.Add(e is AngleSharp.Html.Dom.Events.HtmlErrorEvent error ? $"{error.Message} at {error.Position}" : "?");
        parser.ParseDocument(File.ReadAllText(run.Report));
        Assert.Empty(errors);
    }

    [Fact]
    public void Every_figure_stands_there_with_the_commands_that_make_it_again()
    {
        Assert.Equal(Figures, _page.QuerySelectorAll("figure").Select(figure => figure.Id));
        foreach (IElement figure in _page.QuerySelectorAll("figure"))
        {
            string commands = figure.QuerySelector("figcaption .again code")!.TextContent;
            Assert.All(commands.Split('\n').Where(line => line.Length > 0), line => Assert.StartsWith("castalia ", line));
            Assert.EndsWith("castalia report " + run.Folder, commands);
            Assert.NotNull(figure.QuerySelector("button.copy"));
        }
        string training = _page.QuerySelector("#loss-curves .again code")!.TextContent;
        Assert.All(SyntheticRun.Models, model => Assert.Contains($"castalia train --model {model} ", training));
    }

    [Fact]
    public void Nothing_on_the_page_comes_from_elsewhere()
    {
        string text = File.ReadAllText(run.Report);
        Assert.DoesNotContain("http:", text);
        Assert.DoesNotContain("https:", text);
        Assert.DoesNotContain("url(", text);
        Assert.DoesNotContain("@import", text);
        Assert.Empty(_page.QuerySelectorAll("[src],link,iframe,object,embed,base,form,img,image,use"));
        Assert.All(_page.QuerySelectorAll("[href]"), link => Assert.StartsWith("#", link.GetAttribute("href")));
        Assert.All(_page.QuerySelectorAll("a[href]"), link => Assert.NotNull(_page.GetElementById(link.GetAttribute("href")![1..])));
        Assert.StartsWith("default-src 'none';", _page.QuerySelector("meta[http-equiv=Content-Security-Policy]")!.GetAttribute("content"));
    }

    [Fact]
    public void Text_of_the_run_stays_text()
    {
        Assert.Single(_page.QuerySelectorAll("script"));
        Assert.DoesNotContain(_page.All.SelectMany(element => element.Attributes), attribute => attribute.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase));
        IElement[] first = [.. _page.QuerySelectorAll("table.speech tbody tr:first-child mark")];
        Assert.Equal(SyntheticRun.Models.Length * SyntheticRun.Prompts.Length, first.Length);
        // Control characters and turns of direction are shown as the replacement character; the rest is as it was.
        Assert.All(first, mark => Assert.Equal(SyntheticRun.Hostile.Replace('\u0007', '\uFFFD').Replace('\u202E', '\uFFFD'), mark.TextContent));
        Assert.Contains(_page.QuerySelectorAll("pre.settings"), settings => settings.TextContent.Contains("<script>alert(1)", StringComparison.Ordinal));
        Assert.Contains(SyntheticRun.Hostile.Replace('\u0007', '\uFFFD').Replace('\u202E', '\uFFFD'), _page.QuerySelector("#continuations-by-step .again code")!.TextContent);
    }

    [Fact]
    public void Ids_are_unique_and_labels_have_their_inputs()
    {
        string[] ids = [.. _page.QuerySelectorAll("[id]").Select(element => element.Id!)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(_page.QuerySelectorAll("label"), label => Assert.Equal("input", _page.GetElementById(label.GetAttribute("for")!)?.LocalName));
        Assert.All(_page.QuerySelectorAll("svg"), chart => Assert.False(string.IsNullOrWhiteSpace(chart.GetAttribute("aria-label"))));
    }

    [Fact]
    public void The_summary_says_what_happened()
    {
        string summary = _page.QuerySelector(".lede")!.TextContent;
        Assert.StartsWith("Three models of 262,400 to 3.48 million parameters read 11.5 million tokens from 18 kinds of source in 1,400 steps, all the same batches in the same order.", summary);
        Assert.Contains("fell from 8.3", summary);
        Assert.Contains("about what guessing costs,", summary);
        Assert.Contains("\u00A0% on blimp (chance: 50\u00A0%)", summary);
        Assert.Equal("mini-pythia", _page.QuerySelector("h1")!.TextContent);
    }

    [Fact]
    public void Numbers_of_the_run_stand_on_the_page()
    {
        ReportInput input = RunFolder.Read(run.Folder);
        string mixture = _page.QuerySelector("#mixture table")!.TextContent;
        Assert.All(input.Corpus!.Components, component =>
        {
            Assert.Contains(component.Name, mixture);
            Assert.Contains(component.Train.Documents.ToString("N0", System.Globalization.CultureInfo.InvariantCulture), mixture);
        });
        IElement bits = _page.QuerySelector("#bits-final table")!;
        foreach (ModelRun model in input.Models)
        {
            foreach (ComponentScore component in model.Bits[^1].Components.Values)
                Assert.Contains(component.BitsPerByte.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture), bits.TextContent);
            Assert.Contains(model.WeightsHash![..12], _page.QuerySelector("#stage-table .stages")!.TextContent);
        }
        // The components are sorted by the largest model.
        double[] largest = [.. bits.QuerySelectorAll("tbody tr:not(.total) td:last-child").Select(cell => double.Parse(cell.TextContent, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(SyntheticRun.Components.Length, largest.Length);
        Assert.Equal(largest.Order(), largest);
    }

    [Fact]
    public void The_lens_has_a_map_for_each_view_and_model()
    {
        IElement[] views = [.. _page.QuerySelectorAll("#lens-maps .view")];
        Assert.Equal(4, views.Length);
        Assert.Equal(4, _page.QuerySelectorAll("#lens-maps input[type=radio]").Length);
        Assert.Single(_page.QuerySelectorAll("#lens-maps input[checked]"));
        int[] layers = [6, 7, 8];
        Assert.All(views, view => Assert.Equal(
            layers.Select(count => count * SyntheticRun.Checkpoints.Length),
            view.QuerySelectorAll("svg.heat").Select(map => map.QuerySelectorAll(".cells path[fill]").Length)));
        // The top row is the finished answer, which is at no distance from itself: the darkest colour, in every column.
        string?[] top = [.. views[0].QuerySelector("svg.heat")!.QuerySelectorAll(".cells path").Take(SyntheticRun.Checkpoints.Length).Select(cell => cell.GetAttribute("fill"))];
        Assert.Equal(top[0], Assert.Single(top.Distinct()));
    }

    [Fact]
    public void The_same_run_gives_the_same_bytes()
    {
        byte[] first = File.ReadAllBytes(run.Report);
        Assert.Equal(first, Encoding.UTF8.GetBytes(ReportBuilder.Render(RunFolder.Read(run.Folder))));
    }

    [Fact]
    public void What_was_set_aside_and_the_report_itself_are_not_on_the_page()
    {
        using var folder = new TemporaryFolder();
        new SyntheticRun(seed: 3, models: 1, checkpoints: 3).Write(folder.Path);
        string before = ReportBuilder.Render(RunFolder.Read(folder.Path));
        string manifest = File.ReadAllText(folder["data", "manifest.json"]);
        foreach (string aside in new[] { folder["report"], folder["superseded", "data"] })
        {
            Directory.CreateDirectory(aside);
            File.WriteAllText(Path.Combine(aside, "manifest.json"), manifest);
        }
        Assert.Equal(before, ReportBuilder.Render(RunFolder.Read(folder.Path)));
    }

    [Theory]
    [InlineData("models", "loss", "--only train", 1)]
    [InlineData("lens", "lens", "--only lens", 1)]
    [InlineData("evaluation", "bits", "--only eval", 4)]
    [InlineData("generations", "continuations", "--only generate", 1)]
    [InlineData("data", "data", "--only data", 1)]
    public void A_part_that_is_missing_is_said_with_its_command(string part, string section, string command, int figures)
    {
        using var folder = new TemporaryFolder();
        new SyntheticRun(seed: 3).Write(folder.Path);
        Directory.Delete(folder[part], recursive: true);
        IHtmlDocument page = Parse(ReportBuilder.Render(RunFolder.Read(folder.Path)));
        IElement missing = page.QuerySelector($"#{section} .missing")!;
        Assert.Contains(command, missing.QuerySelector("code")!.TextContent);
        Assert.Null(page.QuerySelector($"#{section} figure"));
        Assert.Equal(Figures.Length - figures, page.QuerySelectorAll("figure").Length);
    }

    [Fact]
    public void What_was_measured_before_the_end_is_not_called_final()
    {
        using var folder = new TemporaryFolder();
        new SyntheticRun(seed: 3).Write(folder.Path);
        foreach (long step in SyntheticRun.Checkpoints.Where(step => step > 16))
            Directory.Delete(folder["evaluation", "medium", $"step{step.ToString(System.Globalization.CultureInfo.InvariantCulture)}"], recursive: true);
        IHtmlDocument page = Parse(ReportBuilder.Render(RunFolder.Read(folder.Path)));
        string summary = page.QuerySelector(".lede")!.TextContent;
        Assert.Contains("The model small needs ", summary);
        Assert.DoesNotContain("medium", summary);
        Assert.Contains("medium, step 16", page.QuerySelectorAll("#final-scores th").Select(cell => cell.TextContent));
        Assert.Contains("medium, step 16", page.QuerySelectorAll("#bits-final th").Select(cell => cell.TextContent));
        Assert.StartsWith("After training, small does better than chance on", page.QuerySelector("#scores-across-training h3")!.TextContent);
    }

    [Fact]
    public void Models_that_saw_other_batches_are_not_said_to_have_seen_the_same()
    {
        using var folder = new TemporaryFolder();
        new SyntheticRun(seed: 3).Write(folder.Path);
        string metrics = folder["models", "small", "metrics.jsonl"];
        string[] lines = File.ReadAllLines(metrics);
        int hash = lines[700].IndexOf("batch_hash", StringComparison.Ordinal) + 14;
        lines[700] = lines[700][..hash] + (lines[700][hash] == 'a' ? 'b' : 'a') + lines[700][(hash + 1)..];
        File.WriteAllText(metrics, string.Join('\n', lines) + "\n");
        string summary = Parse(ReportBuilder.Render(RunFolder.Read(folder.Path))).QuerySelector(".lede")!.TextContent;
        Assert.Contains("not all the same batches", summary);
    }

    [Theory]
    [InlineData("evaluation/small/step8/results.json", "{\"results\":[]}")]
    [InlineData("evaluation/small/step8/bits_per_byte.json", "{\"components\":")]
    [InlineData("lens/small/step8.json", "[]")]
    [InlineData("generations/small.jsonl", "{\"prompt\":\"no step\"}\n")]
    [InlineData("models/small/metrics.jsonl", "{\"step\":1}\n")]
    [InlineData("models/small/training.json", "null")]
    [InlineData("data/corpus.json", "{}")]
    [InlineData("recipe.yml", "name: [")]
    [InlineData("tokens/manifest.json", "nothing")]
    public void A_broken_file_is_named(string file, string content)
    {
        using var folder = new TemporaryFolder();
        new SyntheticRun(seed: 3).Write(folder.Path);
        File.WriteAllText(Path.Combine(folder.Path, file), content);
        InputException error = Assert.Throws<InputException>(() => RunFolder.Read(folder.Path));
        Assert.EndsWith(file, error.File);
    }

    [Fact]
    public void A_folder_that_is_no_run_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<InputException>(() => RunFolder.Read(folder.Path));
        Assert.Throws<InputException>(() => RunFolder.Read(folder["nowhere"]));
    }

    private static IHtmlDocument Parse(string html) => new HtmlParser(default, BrowsingContext.New()).ParseDocument(html);
}
