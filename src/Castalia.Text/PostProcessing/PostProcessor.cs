using System.Text.Json;

namespace Castalia.Text.PostProcessing;

/// <summary>A part of a tokenizer that puts special tokens around encoded texts and joins pairs. Immutable: one object serves all threads.</summary>
internal abstract class PostProcessor
{
    /// <summary>How many tokens it adds to one text, or to a pair.</summary>
    public abstract int AddedTokens(bool pair);

    /// <summary>The tokens that it puts in.</summary>
    public abstract IEnumerable<MarkedToken> Tokens { get; }

    /// <summary>The same with other ids for the tokens that it puts in.</summary>
    /// <param name="idOf">The id of each token.</param>
    public abstract PostProcessor WithIds(Func<string, int> idOf);

    /// <summary>Processes the encodings of one text or of a pair (HF's process_encodings); what comes back is joined in order.</summary>
    /// <param name="encodings">One or two encodings; may be changed.</param>
    /// <param name="addSpecialTokens">Whether special tokens are put in.</param>
    public abstract List<TokenEncoding> Process(List<TokenEncoding> encodings, bool addSpecialTokens);

    /// <summary>Where all that it does to the ids of a single text is to put some in front and some at the end: those.</summary>
    public abstract bool TryAffixes(out int[] prefix, out int[] suffix);

    /// <summary>Writes the part as tokenizer.json has it: an object whose first key is "type", the others in HF's order.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>What happens without a post-processor: a pair's texts get their sequence numbers, nothing else.</summary>
    public static List<TokenEncoding> NumberSequences(List<TokenEncoding> encodings)
    {
        for (int i = 0; encodings.Count > 1 && i < encodings.Count; i++)
            encodings[i].SetSequence(i);
        return encodings;
    }
}
