using Castalia.Text;

namespace Castalia.Models;

/// <summary>
/// The text of one sequence as its tokens come: whole characters only, never a part of a stop string, without special tokens. For one thread
/// at a time.
/// </summary>
public sealed class TextContinuation
{
    private readonly TokenDecoder _decoder;
    private readonly StopStrings _stops;
    private readonly TokenTexts? _texts;
    private readonly Queue<TextToken> _pending = []; // decoded, but their text is not shown yet
    private int _decoded;                            // characters
    private int _shown;                              // characters
    private long _bytes;

    /// <summary>Begins behind a prompt.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="prompt">The prompt's tokens. What they stand for is not given out; some decoders treat the first token of a text in a way of its own.</param>
    /// <param name="stopStrings">Texts before which the continuation ends.</param>
    /// <param name="texts">What tokens stand for, to report tokens beside the text; null reports none.</param>
    public TextContinuation(Tokenizer tokenizer, ReadOnlySpan<int> prompt, IReadOnlyList<string> stopStrings, TokenTexts? texts = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _decoder = tokenizer.CreateDecoder(skipSpecialTokens: true);
        foreach (int token in prompt)
            _decoder.Append(token);
        _stops = new StopStrings(stopStrings);
        _texts = texts;
    }

    /// <summary>Why the text has ended; null as long as it has not.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>How many tokens came, what ended the text included.</summary>
    public int Tokens { get; private set; }

    /// <summary>Takes the sequence's next token.</summary>
    /// <returns>
    /// What can be shown with it. Where its <see cref="TextPiece.Finish"/> is set and the token's was not, a stop string ended the text: the
    /// sequence is to be removed from its batch.
    /// </returns>
    /// <exception cref="InvalidOperationException">The text has ended.</exception>
    public TextPiece Append(BatchToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (Finish is not null)
            throw new InvalidOperationException("The text has ended.");
        Tokens++;
        string shown = "";
        if (token.Finish != FinishReason.Stop) // a stop token is no part of the text
        {
            int before = _decoded;
            string text = _decoder.Append(token.Token);
            _decoded += text.Length;
            if (_texts is not null)
                _pending.Enqueue(Describe(token, before, _texts));
            shown = _stops.Append(text);
        }
        if (token.Finish is not null && _stops.Found is null)
        {
            shown += _stops.Append(_decoder.Finish());
            if (_stops.Found is null)
                shown += _stops.Finish();
        }
        Finish = _stops.Found is not null ? FinishReason.Stop : token.Finish;
        _shown += shown.Length;
        return new TextPiece(shown, Shown(), Finish, _stops.Found);
    }

    private TextToken Describe(BatchToken token, int textOffset, TokenTexts texts)
    {
        (string text, ReadOnlyMemory<byte> bytes) = texts[token.Token];
        var described = new TextToken(token.Token, text, bytes, _bytes, textOffset, token.LogProbability,
            [.. token.Top.Select(one => new TextAlternative(one.Token, texts[one.Token].Text, texts[one.Token].Bytes, one.LogProbability))]);
        _bytes += bytes.Length;
        return described;
    }

    /// <summary>The tokens whose text begins before what is shown ends; all that are left where the text ends by itself, none of a stop string's.</summary>
    private List<TextToken> Shown()
    {
        var tokens = new List<TextToken>();
        while (_pending.TryPeek(out TextToken? token) && (token.TextOffset < _shown || Finish is not null && _stops.Found is null))
            tokens.Add(_pending.Dequeue());
        return tokens;
    }
}
