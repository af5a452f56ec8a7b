using Castalia.Models;
using Castalia.Text;

namespace Castalia.Serving.Decoding;

/// <summary>The text of one sequence as its tokens come: whole characters only, no special tokens, and nothing of a stop text.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="stops">Texts that end the sequence.</param>
internal sealed class SequenceText(Tokenizer tokenizer, IReadOnlyList<string> stops)
{
    private readonly TokenDecoder _decoder = tokenizer.CreateDecoder(skipSpecialTokens: true);
    private readonly StopStrings _stops = new(stops);

    /// <summary>Code points decoded so far, those held back included: where the next token's text begins.</summary>
    public int Length { get; private set; }

    /// <summary>Whether a stop text was met; nothing comes after it.</summary>
    public bool Stopped => _stops.Found is not null;

    /// <summary>Takes the next token; returns the text that is certain with it.</summary>
    public string Append(int token) => Take(_decoder.Append(token));

    /// <summary>Ends the text; returns what was held back.</summary>
    public string Finish() => Stopped ? "" : Take(_decoder.Finish()) + _stops.Finish();

    private string Take(string added)
    {
        Length += CodePoints.Count(added);
        return _stops.Append(added);
    }
}
