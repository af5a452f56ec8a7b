using Castalia.Data;
using Castalia.Recipes.Configuration;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>Builds the corpus: documents without duplicates, split by hash, mixed by epochs.</summary>
public static class DataStage
{
    /// <summary>The stage that writes <c>train</c>, <c>validation</c> and <c>test.jsonl.zst</c> and <c>corpus.json</c>.</summary>
    /// <param name="options">What to build from, and how.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="command">The command that does the same again.</param>
    public static Stage Create(CorpusOptions options, string folder, string command) => new()
    {
        Kind = "data",
        Folder = folder,
        Inputs = DocumentReader.Expand(options.Inputs),
        Settings = ConfigWriter.ToJson(options with { Inputs = [] }),
        Seed = options.Seed,
        Command = command,
        Run = context => Corpus.Build(options, context.Folder, context.Progress, context.Cancellation),
    };
}
