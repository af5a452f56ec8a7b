using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Data;

namespace Castalia.Cli.Verbs.Tokenizers;

/// <summary><c>castalia tokenizer encode</c>: documents into ids.</summary>
internal static class TokenizerEncodeVerb
{
    public static Command Create()
    {
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "The tokenizer's file.", Required = true };
        var input = new Option<string[]>("--input", "-i") { Description = "Files of documents (.jsonl or .txt, each also .zst or .gz), folders of them, globs, or - for standard input. May be given several times.", AllowMultipleArgumentsPerToken = true, Required = true };
        var output = new Option<string?>("--output", "-o") { Description = "The file to write, a line a document; .zst and .gz compress. Without it lines go to standard output." };
        var offsets = new Option<bool>("--offsets") { Description = "Write all that is known of the tokens: ids, tokens, offsets, word_ids, special_tokens_mask." };
        var noSpecialTokens = new Option<bool>("--no-special-tokens") { Description = "Leave out the special tokens that the tokenizer's post-processor adds." };
        var command = new Command("encode", "Encode documents: a JSON array of ids a line, or an object with tokens and offsets as well.") { tokenizer, input, output, offsets, noSpecialTokens };
        var options = new SectionOptions<EncodeFileOptions>(command, "", "offsets", "add_special_tokens");
        command.SetAction((parsed, cancellation) => FileDisplay.WorkAsync(parsed.GetValue(output), (streams, progress) => TokenFiles.Encode(
            parsed.GetRequiredValue(tokenizer),
            options.Read(parsed, null) with { Offsets = parsed.GetValue(offsets), AddSpecialTokens = !parsed.GetValue(noSpecialTokens) },
            parsed.GetRequiredValue(input), parsed.GetValue(output), streams, progress, cancellation)));
        return Examples.Attach(command,
            ("a line of ids for each document", "castalia tokenizer encode --tokenizer tokenizer.json --input docs.jsonl.zst --output ids.jsonl.zst"),
            ("tokens with the bytes that they stand for", "castalia tokenizer encode --tokenizer tokenizer.json --input docs.jsonl --offsets --unit bytes --output tokens.jsonl"),
            ("the lines of a text, from a pipe", "cat book.txt | castalia tokenizer encode --tokenizer tokenizer.json --input - --format text"),
            ("pairs, cut to windows that overlap", "castalia tokenizer encode --tokenizer tokenizer.json --input pairs.jsonl --field question --pair-field context --max-length 384 --stride 128 --offsets --output pairs.ids.jsonl"));
    }
}
