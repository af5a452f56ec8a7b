using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Recipes;
using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia tokenize</c>: a corpus into packed tokens.</summary>
internal static class TokenizeVerb
{
    public static Command Create()
    {
        var input = new Option<string>("--input", "-i") { Description = "A corpus folder with train.jsonl.zst and validation.jsonl.zst.", Required = true };
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "The tokenizer.json.", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "The folder to write .bin, .idx and tokens.json to.", Required = true };
        var command = new Command("tokenize", "Pack documents into tokens: Megatron's .bin and .idx, as GPT-NeoX reads them.") { input, tokenizer, output, SharedOptions.Config, SharedOptions.Force };
        var options = new SectionOptions<TokenizeSettings>(command, "tokenize");
        command.SetAction((parsed, cancellation) => StageDisplay.RunAsync(
            TokenizeStage.Create(options.Read(parsed, parsed.GetValue(SharedOptions.Config)), parsed.GetRequiredValue(input), parsed.GetRequiredValue(tokenizer), parsed.GetRequiredValue(output), CommandLineText.Of(parsed)),
            parsed.GetValue(SharedOptions.Force), cancellation));
        return Examples.Attach(command,
            ("pack a corpus", "castalia tokenize --input corpus --tokenizer tokenizer/tokenizer.json --output tokens"));
    }
}
