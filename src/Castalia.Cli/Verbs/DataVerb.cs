using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Data;
using Castalia.Recipes.Configuration;
using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia data build</c>: documents into a corpus.</summary>
internal static class DataVerb
{
    public static Command Create()
    {
        var input = new Option<string[]>("--input", "-i") { Description = "Document files (.jsonl, .jsonl.zst, .jsonl.gz), folders of them, or globs.", AllowMultipleArgumentsPerToken = true };
        var output = new Option<string>("--output", "-o") { Description = "The corpus folder to write.", Required = true };
        var epochs = new Option<string[]>("--epochs") { Description = "How often a component is repeated: NAME=EPOCHS. May be given several times.", AllowMultipleArgumentsPerToken = true };
        var build = new Command("build", "Build a corpus: exact duplicates removed, split into train, validation and test by document hash, mixed by epochs per component.")
        {
            input, output, epochs, SharedOptions.Config, SharedOptions.Force,
        };
        var options = new SectionOptions<CorpusOptions>(build, "data", "inputs");
        build.SetAction((parsed, cancellation) =>
        {
            string? config = parsed.GetValue(SharedOptions.Config);
            var given = new List<(string, ConfigNode)>();
            if (parsed.GetValue(input) is { Length: > 0 } inputs)
                given.Add(("inputs", new ConfigList(ConfigOverride.Origin, 1, [.. inputs.Select(path => new ConfigScalar(ConfigOverride.Origin, 1, path))])));
            if (parsed.GetValue(epochs) is { Length: > 0 } pairs)
                given.Add(("epochs", new ConfigMap(ConfigOverride.Origin, 1, [.. pairs.Select(Pair)])));
            CorpusOptions corpus = options.Read(parsed, config, null, [.. given]);
            if (config is not null && parsed.GetValue(input) is not { Length: > 0 })
                corpus = corpus with { Inputs = [.. corpus.Inputs.Select(path => Path.GetRelativePath(Environment.CurrentDirectory, Path.Combine(Path.GetDirectoryName(Path.GetFullPath(config))!, path)))] };
            return StageDisplay.RunAsync(DataStage.Create(corpus, parsed.GetRequiredValue(output), CommandLineText.Of(parsed)), parsed.GetValue(SharedOptions.Force), cancellation);
        });
        return new Command("data", "Documents: build a corpus.")
        {
            Examples.Attach(build,
                ("the mini-Pile, Wikipedia three times", "castalia data build --input 'data/mini-pile/*.jsonl.zst' --epochs wikipedia=3 --output corpus"),
                ("as a recipe has it", "castalia data build --config recipes/mini-pythia.yml --output corpus")),
        };
    }

    private static KeyValuePair<string, ConfigNode> Pair(string text)
    {
        string[] parts = text.Split('=', 2);
        return parts.Length == 2 && parts[0].Length > 0 ? new(parts[0], new ConfigScalar(ConfigOverride.Origin, 1, parts[1]))
            : throw new InputException("--epochs", null, $"expected NAME=EPOCHS, found '{text}'.", "Write for example --epochs wikipedia=3.");
    }
}
