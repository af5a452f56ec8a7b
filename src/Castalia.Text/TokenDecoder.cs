using System.Text;

namespace Castalia.Text;

/// <summary>
/// Decodes ids as they come. A character is given out when its last byte is there, never half of it; all that was given, put
/// together, is what <see cref="Tokenizer.Decode"/> gives for all the ids at once. For one thread at a time.
/// </summary>
public sealed class TokenDecoder
{
    private readonly Vocabulary _vocabulary;
    private readonly bool _skipSpecialTokens;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private bool _started;

    internal TokenDecoder(Vocabulary vocabulary, bool skipSpecialTokens)
    {
        _vocabulary = vocabulary;
        _skipSpecialTokens = skipSpecialTokens;
    }

    /// <summary>Takes the next id; returns the text that is whole with it, which may be empty.</summary>
    public string Append(int id)
    {
        if (!_vocabulary.Has(id) || (_skipSpecialTokens && _vocabulary.IsSpecial(id)))
            return "";
        string separator = _started ? Read(_vocabulary.Separator, flush: false) : "";
        _started = true;
        return separator + Read(_vocabulary.BytesOf(id), flush: false);
    }

    /// <summary>Ends the text: what is left of an unfinished character comes out as U+FFFD. The decoder can then begin anew.</summary>
    public string Finish()
    {
        _started = false;
        return Read([], flush: true);
    }

    private string Read(ReadOnlySpan<byte> bytes, bool flush)
    {
        char[] characters = new char[_decoder.GetCharCount(bytes, flush)];
        int count = _decoder.GetChars(bytes, characters, flush);
        return new string(characters, 0, count);
    }
}
