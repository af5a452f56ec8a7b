using System.Text;
using Castalia.Text.Decoding;

namespace Castalia.Text;

/// <summary>
/// Decodes ids as they come. A character is given out when its last byte is there, never half of it; all that was given, put
/// together, is what <see cref="Tokenizer.Decode"/> gives for all the ids at once. For one thread at a time.
/// </summary>
public sealed class TokenDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly DecoderStage _first;
    private readonly StringBuilder _text = new();

    internal TokenDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
        _first = tokenizer.Pipeline.Decoder is { } decoder ? decoder.CreateStage(new Collector(_text)) : new SpacedStage(_text);
    }

    /// <summary>Takes the next id; returns the text that is certain with it, which may be empty.</summary>
    public string Append(int id)
    {
        Push(id);
        return Take();
    }

    /// <summary>Ends the text: what was held back comes out, an unfinished character as U+FFFD. The decoder can then begin anew.</summary>
    public string Finish()
    {
        _first.Finish();
        return Take();
    }

    /// <summary>All ids at once.</summary>
    internal string DecodeAll(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
            Push(id);
        return Finish();
    }

    private void Push(int id)
    {
        if (_tokenizer.Speaks(id, _skipSpecialTokens))
            _first.Push(_tokenizer.IdToToken(id)!, startsToken: true, endsToken: true);
    }

    private string Take()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }

    /// <summary>The end of all stages: tokens put together.</summary>
    private sealed class Collector(StringBuilder text) : DecoderStage
    {
        public override void Push(string token, bool startsToken, bool endsToken) => text.Append(token);

        public override void Finish()
        {
        }
    }

    /// <summary>What happens without a decoder: a space between tokens.</summary>
    private sealed class SpacedStage(StringBuilder text) : DecoderStage
    {
        private bool _begun;

        public override void Push(string token, bool startsToken, bool endsToken)
        {
            if (_begun)
                text.Append(' ');
            _begun = true;
            text.Append(token);
        }

        public override void Finish() => _begun = false;
    }
}
