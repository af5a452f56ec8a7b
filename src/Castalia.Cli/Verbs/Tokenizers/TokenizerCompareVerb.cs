using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Data;
using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Cli.Verbs.Tokenizers;

/// <summary><c>castalia tokenizer compare</c>: two tokenizers on a corpus.</summary>
internal static class TokenizerCompareVerb
{
    public static Command Create()
    {
        var a = new Argument<string>("a") { Description = "The first tokenizer's file." };
        var b = new Argument<string>("b") { Description = "The second tokenizer's file." };
        var input = new Option<string[]>("--input", "-i") { Description = "Files of documents (.jsonl or .txt, each also .zst or .gz), folders of them, or globs. May be given several times.", AllowMultipleArgumentsPerToken = true, Required = true };
        var output = new Option<string?>("--output", "-o") { Description = "A folder for results.json and comparison.html, one page with pictures that opens without a network; without it the tables are only printed." };
        var command = new Command("compare", "Compare two tokenizers on a corpus: bytes a token, tokens a word, by source and by language; tokens that differ; whether decoding gives the text back.") { a, b, input, output, SharedOptions.Force };
        var options = new SectionOptions<CompareOptions>(command, "");
        command.SetAction(async (parsed, cancellation) =>
        {
            CompareOptions how = options.Read(parsed, null);
            (string first, string second, string[] inputs) = (parsed.GetRequiredValue(a), parsed.GetRequiredValue(b), parsed.GetRequiredValue(input));
            if (parsed.GetValue(output) is { } folder)
            {
                int code = await StageDisplay.RunAsync(CompareStage.Create(how, first, second, inputs, folder, CommandLineText.Of(parsed)), parsed.GetValue(SharedOptions.Force), cancellation);
                ComparisonDisplay.Show(ComparisonResult.Load(folder), folder);
                return code;
            }
            ComparisonDisplay.Show(await ProgressDisplay.ShowAsync(progress => TokenizerComparison.Compare(first, second, how, inputs, progress, cancellation)), null);
            return 0;
        });
        return Examples.Attach(command,
            ("on a corpus, with a page of pictures", "castalia tokenizer compare tokenizer/tokenizer.json gpt2.json --input corpus/validation.jsonl.zst --output comparison"),
            ("tables only", "castalia tokenizer compare a.json b.json --input 'data/mini-pile/*.jsonl.zst'"));
    }
}
