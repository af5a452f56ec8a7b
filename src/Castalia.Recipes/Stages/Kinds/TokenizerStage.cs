using Castalia.Data;
using Castalia.Recipes.Configuration;
using Castalia.Text;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>Trains a tokenizer.</summary>
public static class TokenizerStage
{
    /// <summary>The stage that writes <c>tokenizer.json</c>.</summary>
    /// <param name="options">How it is trained.</param>
    /// <param name="inputs">Document files, folders or globs.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="command">The command that does the same again.</param>
    public static Stage Create(TrainerOptions options, IReadOnlyList<string> inputs, string folder, string command) => new()
    {
        Kind = "tokenizer",
        Folder = folder,
        Inputs = options.Template is null ? inputs : [.. inputs, options.Template],
        Settings = ConfigWriter.ToJson(options),
        Command = command,
        Run = context => TokenizerTrainer
            .Train(DocumentReader.Read(inputs, context.Cancellation).Select(document => document.Text), options, context.Progress, context.Cancellation)
            .Save(Path.Combine(context.Folder, "tokenizer.json")),
    };
}
