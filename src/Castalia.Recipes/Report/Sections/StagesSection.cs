using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Page;
using Castalia.Recipes.Stages;

namespace Castalia.Recipes.Report.Sections;

/// <summary>What was run: every stage with its command, its time, and the hashes of what went in and came out.</summary>
internal sealed class StagesSection(ReportInput input, FigureCommands commands) : IReportSection
{
    private const int MostFiles = 60;

    // The page escapes for HTML; what JSON would escape for it reads better plain.
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Id => "stages";

    public string Title => "What was run";

    public void Write(HtmlBuilder html)
    {
        if (input.Stages.Count == 0)
        {
            MissingPart.Write(html, "The run folder holds no manifests, so there is no record of how its files were made.", commands.Missing("report"));
            return;
        }
        html.Element("p", "Each stage reads files and writes files, and leaves a manifest of both. Whoever runs the commands on the same inputs "
            + "gets the same hashes.");
        double[] seconds = [.. input.Stages.Select(stage => stage.Seconds).Where(double.IsFinite)];
        double longest = seconds.DefaultIfEmpty(0).Max();
        new Figure
        {
            Id = "stage-table",
            Title = $"{Sentences.Begun(NumberText.Word(input.Stages.Count))} stages in {NumberText.Duration(seconds.Sum())}",
            Subtitle = "In the order of the experiment; open a stage for its command, files, settings and versions. Bars compare durations, times are UTC.",
            Body = body =>
            {
                body.Open("div", ("class", "stages")).Open("div", ("class", "row head"));
                foreach (string name in new[] { "Stage", "Folder", "Duration", "Started", "Seed", "Main output, SHA-256" })
                    body.Element("span", name);
                body.Close("div").Line();
                foreach (StageManifest stage in input.Stages)
                    WriteStage(body, stage, longest);
                body.Close("div").Line();
            },
            Commands = [commands.Report],
        }.Write(html);
    }

    private void WriteStage(HtmlBuilder html, StageManifest stage, double longest)
    {
        (string? path, string? hash) = MainOutput(stage);
        double bar = longest > 0 ? stage.Seconds / longest : 0;
        html.Open("details").Open("summary", ("class", "row"));
        html.Element("b", stage.Stage).Element("span", stage.Name);
        html.Element("span", NumberText.Duration(stage.Seconds), ("class", "bar"), ("style", DataTable.BarStyle(bar)));
        html.Element("span", Started(stage)).Element("span", stage.Seed?.ToString(CultureInfo.InvariantCulture) ?? "–");
        string main = hash is null ? "–" : $"{Short(hash)} {Path.GetFileName(path)}";
        html.Element("span", main, ("class", "hash"), ("title", hash is null ? null : $"{path}\n{hash}"));
        html.Close("summary");
        if (stage.Command.Length > 0)
            Figure.WriteCommands(html, "Command", [stage.Command]);
        WriteFiles(html, "Inputs", stage.Inputs);
        WriteFiles(html, "Outputs", stage.Outputs);
        if (stage.Settings.Count > 0)
            html.Element("h5", "Settings").Element("pre", stage.Settings.ToJsonString(Pretty), ("class", "settings"), ("tabindex", "0"));
        if (stage.Versions.Count > 0)
        {
            IEnumerable<string> versions = stage.Versions.OrderBy(version => version.Key, StringComparer.Ordinal).Select(version => $"{version.Key} {version.Value}");
            html.Element("p", $"Made with {string.Join(", ", versions)}.", ("class", "note"));
        }
        html.Close("details").Line();
    }

    private static void WriteFiles(HtmlBuilder html, string title, IReadOnlyDictionary<string, FileRecord> files)
    {
        if (files.Count == 0)
            return;
        html.Element("h5", title);
        new DataTable(
            $"{title} with their hashes",
            [new TableColumn("File"), new TableColumn("Size", Numeric: true), new TableColumn("SHA-256", Class: "hash")],
            [
                .. files.OrderBy(file => file.Key, NaturalOrder.Instance).Take(MostFiles).Select(file => (IReadOnlyList<TableCell>)
                    [file.Key, new TableCell(NumberText.Bytes(file.Value.Bytes)) { Exact = $"{NumberText.Count(file.Value.Bytes)} bytes" }, file.Value.Sha256]),
            ]).Write(html);
        if (files.Count > MostFiles)
            html.Element("p", $"and {NumberText.Count(files.Count - MostFiles)} more in the stage's manifest.json.", ("class", "note"));
    }

    // A model's last weights, the last checkpoint's results or lens; else the largest file that came out.
    private (string? Path, string? Hash) MainOutput(StageManifest stage)
    {
        if (stage.Stage == "train" && input.Models.FirstOrDefault(model => model.Name == stage.Model) is { WeightsHash: { } weights })
            return ("model.safetensors", weights);
        string? ending = stage.Stage switch { "train" => "model.safetensors", "eval" => "results.json", "lens" => ".json", _ => null };
        KeyValuePair<string, FileRecord>[] last =
            [.. stage.Outputs.Where(file => ending is not null && file.Key.EndsWith(ending, StringComparison.Ordinal)).OrderBy(file => file.Key, NaturalOrder.Instance)];
        KeyValuePair<string, FileRecord> main = last.Length > 0
            ? last[^1]
            : stage.Outputs.OrderByDescending(file => file.Value.Bytes).ThenBy(file => file.Key, StringComparer.Ordinal).FirstOrDefault();
        return (main.Key, main.Value?.Sha256);
    }

    // To the minute.
    private static string Started(StageManifest stage) =>
        DateTimeOffset.TryParse(stage.Started, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
            : "–";

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
