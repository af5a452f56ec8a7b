using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Data;
using Castalia.Formats;

namespace Castalia.Cli.Verbs.Tokenizers;

/// <summary><c>castalia tokenizer inspect</c>: what a tokenizer is, and what it makes of a text.</summary>
internal static class TokenizerInspectVerb
{
    public static Command Create()
    {
        var tokenizer = new Argument<string>("tokenizer") { Description = "The tokenizer's file." };
        var tokens = new Option<int>("--tokens") { Description = "How many of the longest tokens to show.", DefaultValueFactory = _ => 10 };
        var text = new Option<string?>("--text") { Description = "Show the tokens of this text instead." };
        var json = new Option<bool>("--json") { Description = "Print all of it as JSON." };
        var command = new Command("inspect", "Look into a tokenizer: its parts, its vocabulary, the tokens that no text has; or the tokens of a text.") { tokenizer, tokens, text, json };
        command.SetAction(parsed =>
        {
            TokenizerInspection inspection = TokenizerInspection.Of(parsed.GetRequiredValue(tokenizer), Math.Max(0, parsed.GetValue(tokens)), parsed.GetValue(text));
            if (parsed.GetValue(json))
                Console.Write(CanonicalJson.ToText(inspection));
            else
                InspectionDisplay.Show(inspection);
            return 0;
        });
        return Examples.Attach(command,
            ("what it is made of", "castalia tokenizer inspect tokenizer.json"),
            ("how it cuts a text", "castalia tokenizer inspect tokenizer.json --text 'Grüße aus Calw'"),
            ("for another program", "castalia tokenizer inspect tokenizer.json --json"));
    }
}
