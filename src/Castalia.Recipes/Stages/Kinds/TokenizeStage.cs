using Castalia.Data;
using Castalia.Recipes.Configuration;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>Packs documents into tokens.</summary>
public static class TokenizeStage
{
    /// <summary>The stage that writes <c>.bin</c> and <c>.idx</c> of each split, and <c>tokens.json</c>.</summary>
    /// <param name="section">How documents are joined.</param>
    /// <param name="corpus">A folder as <see cref="DataStage"/> writes it.</param>
    /// <param name="tokenizer">The <c>tokenizer.json</c>.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="command">The command that does the same again.</param>
    public static Stage Create(TokenizeSettings section, string corpus, string tokenizer, string folder, string command) => new()
    {
        Kind = "tokenize",
        Folder = folder,
        Inputs = [Path.Combine(corpus, "train.jsonl.zst"), Path.Combine(corpus, "validation.jsonl.zst"), tokenizer],
        Settings = ConfigWriter.ToJson(section),
        Command = command,
        Run = context => TokenPacker.Pack(new PackOptions { TokenizerPath = tokenizer, AppendEod = section.AppendEod }, corpus, context.Folder, context.Progress, context.Cancellation),
    };
}
