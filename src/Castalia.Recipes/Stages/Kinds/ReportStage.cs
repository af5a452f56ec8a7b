using Castalia.Recipes.Report;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>Writes the page that tells of a run.</summary>
public static class ReportStage
{
    /// <summary>The stage that writes <c>report.html</c> into the run folder.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="inputs">The files and folders of the run that the page is made from.</param>
    /// <param name="command">The command that does the same again.</param>
    public static Stage Create(string run, IReadOnlyList<string> inputs, string command) => new()
    {
        Kind = "report",
        Folder = Path.Combine(run, "report"),
        Inputs = inputs,
        OutputsBeside = [Path.Combine(run, "report.html")],
        Settings = [],
        Command = command,
        Run = context => ReportBuilder.Build(run, Path.Combine(run, "report.html")),
    };

    /// <summary>What of a run folder a page can be made from, as far as it is there.</summary>
    public static IReadOnlyList<string> InputsOf(string run)
    {
        string[] files = [Path.Combine(run, "data", "corpus.json"), Path.Combine(run, "tokens", "tokens.json")];
        string[] folders = ["evaluation", "lens", "generations"];
        var inputs = files.Where(File.Exists).Concat(folders.Select(name => Path.Combine(run, name)).Where(folder => FileHashes.Expand(folder).Any(File.Exists))).ToList();
        string models = Path.Combine(run, "models");
        if (Directory.Exists(models))
            inputs.AddRange(Directory.EnumerateDirectories(models).Order(StringComparer.Ordinal)
                .SelectMany(model => new[] { Path.Combine(model, "metrics.jsonl"), Path.Combine(model, "training.json") }).Where(File.Exists));
        return inputs.Count > 0 ? inputs
            : throw new InputException(run, null, "expected a run folder (data, tokens, models, evaluation, lens, generations); found none of these.", "Name the folder that 'castalia run' wrote.");
    }
}
