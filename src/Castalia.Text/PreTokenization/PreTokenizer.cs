using System.Text.Json;

namespace Castalia.Text.PreTokenization;

/// <summary>A part of a tokenizer that cuts normalized text into pieces, which the model encodes one by one. Immutable: one object serves all threads.</summary>
internal abstract class PreTokenizer
{
    /// <summary>
    /// Where all that the part does is to cut, and what it cuts leaves nothing out: the scanner that says where. Null otherwise.
    /// </summary>
    public virtual WordScanner? Scanner => null;

    /// <summary>
    /// Whether this part always cuts between a letter (\p{L}) and a space (U+0020) that follows it, whatever stands further away; where it has
    /// a <see cref="Scanner"/>, between a letter and any white space. Long texts can then be encoded stretch by stretch.
    /// </summary>
    public virtual bool CutsBeforeSpaceAfterLetter => false;

    /// <summary>
    /// Whether a text cut between a letter and a space that follows it gives, in two halves, the pieces of the whole text, but for the
    /// cut itself: so does every part that always cuts there, and others that look at one character at a time.
    /// </summary>
    public virtual bool IsLocal => CutsBeforeSpaceAfterLetter;

    /// <summary>Whether it has to know where in the original text a piece begins: the text is then tracked.</summary>
    public virtual bool NeedsOrigins => false;

    /// <summary>Cuts, and where it has to rewrites, the pieces of a text.</summary>
    public abstract void PreTokenize(PreTokenizedText text);

    /// <summary>Writes the part as tokenizer.json has it: an object whose first key is "type", the others in HF's order.</summary>
    public abstract void Write(Utf8JsonWriter json);
}

/// <summary>A pre-tokenizer that cuts and leaves the text as it is.</summary>
internal abstract class PieceCutter : PreTokenizer
{
    /// <summary>Cuts one piece.</summary>
    /// <param name="piece">Valid UTF-8, not empty.</param>
    /// <param name="pieces">Takes the parts in order.</param>
    public abstract void Cut(ReadOnlySpan<byte> piece, PieceSink pieces);

    public sealed override void PreTokenize(PreTokenizedText text) => text.Cut(this);
}
