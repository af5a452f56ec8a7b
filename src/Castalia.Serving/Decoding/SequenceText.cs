using Castalia.Text;

namespace Castalia.Serving.Decoding;

/// <summary>
/// The text of one sequence as its tokens come: whole characters only, and nothing of a stop text. What may yet turn out to be the beginning
/// of a stop text is held back until that is known.
/// </summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="stops">Texts that end the sequence.</param>
internal sealed class SequenceText(Tokenizer tokenizer, IReadOnlyList<string> stops)
{
    private readonly TokenDecoder _decoder = tokenizer.CreateDecoder(skipSpecialTokens: true);
    private string _held = "";

    /// <summary>Code points decoded so far, those held back included: where the next token's text begins.</summary>
    public int Length { get; private set; }

    /// <summary>Whether a stop text was met; nothing comes after it.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes the next token; returns the text that is certain with it.</summary>
    public string Append(int token) => Release(_decoder.Append(token), isLast: false);

    /// <summary>Ends the text; returns what was held back.</summary>
    public string Finish() => Release(_decoder.Finish(), isLast: true);

    private string Release(string added, bool isLast)
    {
        if (Stopped)
            return "";
        Length += CodePoints.Count(added);
        string text = _held + added;
        int first = -1;
        foreach (string stop in stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (first < 0 || at < first))
                first = at;
        }
        Stopped = first >= 0;
        int safe = Stopped ? first : isLast ? text.Length : text.Length - LongestBeginning(text);
        _held = Stopped ? "" : text[safe..];
        return text[..safe];
    }

    /// <summary>Length of the longest end of the text with which a stop text begins.</summary>
    private int LongestBeginning(string text)
    {
        int longest = 0;
        foreach (string stop in stops)
        {
            for (int length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
            {
                if (text.EndsWith(stop[..length], StringComparison.Ordinal))
                    longest = length;
            }
        }
        return longest;
    }
}
