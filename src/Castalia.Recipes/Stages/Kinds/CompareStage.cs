using System.Text.Json.Nodes;
using Castalia.Data;
using Castalia.Recipes.Report;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>Compares two tokenizers on a corpus.</summary>
public static class CompareStage
{
    /// <summary>The stage that writes <c>results.json</c> and <c>comparison.html</c>.</summary>
    /// <param name="options">How they are compared.</param>
    /// <param name="a">The first tokenizer's file.</param>
    /// <param name="b">The second one's file.</param>
    /// <param name="inputs">Document files, folders or globs.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="command">The command that does the same again.</param>
    public static Stage Create(CompareOptions options, string a, string b, IReadOnlyList<string> inputs, string folder, string command) => new()
    {
        Kind = "compare",
        Folder = folder,
        Inputs = [a, b, .. DocumentReader.Expand(inputs)],
        Settings = new JsonObject { ["differing_tokens"] = options.DifferingTokens },
        Command = command,
        Run = context =>
        {
            ComparisonResult result = TokenizerComparison.Compare(a, b, options, inputs, context.Progress, context.Cancellation);
            result.Save(context.Folder);
            ComparisonReport.Write(result, command, Path.Combine(context.Folder, ComparisonReport.FileName));
        },
    };
}
