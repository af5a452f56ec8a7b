using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Data;

namespace Castalia.Cli.Verbs.Tokenizers;

/// <summary><c>castalia tokenizer decode</c>: ids into text.</summary>
internal static class TokenizerDecodeVerb
{
    public static Command Create()
    {
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "The tokenizer's file.", Required = true };
        var input = new Option<string[]>("--input", "-i") { Description = "Files with ids, a JSON array or an object with \"ids\" a line (.jsonl, also .zst or .gz), folders of them, globs, or - for standard input. May be given several times.", AllowMultipleArgumentsPerToken = true };
        var ids = new Option<int[]>("--ids") { Description = "Some ids, for a quick look.", AllowMultipleArgumentsPerToken = true };
        var output = new Option<string?>("--output", "-o") { Description = "The file to write, {\"text\": ...} a line; .zst and .gz compress. Without it lines go to standard output." };
        var skipSpecialTokens = new Option<bool>("--skip-special-tokens") { Description = "Leave special tokens out." };
        var raw = new Option<bool>("--raw") { Description = "Write the texts as they are, a line end behind each." };
        var command = new Command("decode", "Decode ids: the text of each line of ids.") { tokenizer, input, ids, output, skipSpecialTokens, raw };
        command.Validators.Add(result =>
        {
            if (result.GetResult(input) is null == result.GetResult(ids) is null)
                result.AddError("Give either --input or --ids.");
        });
        var options = new SectionOptions<DecodeFileOptions>(command, "", "skip_special_tokens", "raw");
        command.SetAction((parsed, cancellation) =>
        {
            DecodeFileOptions how = options.Read(parsed, null) with { SkipSpecialTokens = parsed.GetValue(skipSpecialTokens), Raw = parsed.GetValue(raw) };
            if (parsed.GetValue(ids) is { Length: > 0 } few)
            {
                Console.WriteLine(TokenFiles.Decode(parsed.GetRequiredValue(tokenizer), how, few));
                return Task.FromResult(0);
            }
            return FileDisplay.WorkAsync(parsed.GetValue(output), (streams, progress) => TokenFiles.Decode(
                parsed.GetRequiredValue(tokenizer), how, parsed.GetValue(input)!, parsed.GetValue(output), streams, progress, cancellation));
        });
        return Examples.Attach(command,
            ("a quick look", "castalia tokenizer decode --tokenizer tokenizer.json --ids 12092 1533"),
            ("the texts of a file of ids", "castalia tokenizer decode --tokenizer tokenizer.json --input ids.jsonl.zst --output texts.jsonl"),
            ("as plain text", "castalia tokenizer decode --tokenizer tokenizer.json --input ids.jsonl --skip-special-tokens --raw"));
    }
}
