using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Cli.Verbs.Tokenizers;
using Castalia.Recipes.Stages.Kinds;
using Castalia.Text;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia tokenizer</c>: tokenizers, trained, used and looked into.</summary>
internal static class TokenizerVerb
{
    public static Command Create()
    {
        var input = new Option<string[]>("--input", "-i") { Description = "Document files (.jsonl, .jsonl.zst, .jsonl.gz), folders of them, or globs.", AllowMultipleArgumentsPerToken = true, Required = true };
        var output = new Option<string>("--output", "-o") { Description = "The folder to write tokenizer.json to.", Required = true };
        var train = new Command("train", "Train a tokenizer as Hugging Face's trainers do: byte-level BPE, or another model.") { input, output, SharedOptions.Config, SharedOptions.Force };
        var options = new SectionOptions<TrainerOptions>(train, "tokenizer");
        train.SetAction((parsed, cancellation) => StageDisplay.RunAsync(
            TokenizerStage.Create(options.Read(parsed, parsed.GetValue(SharedOptions.Config)), parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), CommandLineText.Of(parsed)),
            parsed.GetValue(SharedOptions.Force), cancellation));
        return new Command("tokenizer", "Tokenizers: train one, encode and decode with it, look into it, compare two.")
        {
            Examples.Attach(train,
                ("a small vocabulary from a corpus", "castalia tokenizer train --input corpus/train.jsonl.zst --vocabulary-size 4096 --output tokenizer"),
                ("a Unigram model", "castalia tokenizer train --input corpus/train.jsonl.zst --model unigram --vocabulary-size 8000 --output tokenizer"),
                ("like another tokenizer, with new tokens", "castalia tokenizer train --template bert/tokenizer.json --model word_piece --special-tokens '[PAD]' '[UNK]' '[CLS]' '[SEP]' --input corpus/train.jsonl.zst --output tokenizer")),
            TokenizerEncodeVerb.Create(),
            TokenizerDecodeVerb.Create(),
            TokenizerInspectVerb.Create(),
            TokenizerCompareVerb.Create(),
        };
    }
}
