using System.Text.Json;

namespace Castalia.Text.Normalization;

/// <summary>A part of a tokenizer that rewrites text before it is cut into pieces. Immutable: one object serves all threads.</summary>
internal abstract class Normalizer
{
    /// <summary>
    /// A quick look that spares the copy: true where it is certain that <see cref="Normalize(NormalizedText)"/> would change nothing. False says nothing.
    /// </summary>
    /// <param name="text">Valid UTF-8.</param>
    public virtual bool LeavesAsIs(ReadOnlySpan<byte> text) => false;

    /// <summary>
    /// Whether a text cut between a letter and white space that follows it, both of which stay as they are by themselves
    /// (<see cref="LeavesAsIs"/>), and normalized in two halves, is the text normalized whole. Long texts can then be encoded stretch by stretch.
    /// </summary>
    public virtual bool IsLocal => false;

    /// <summary>Normalizes a text in place. Where nothing changes it need not begin a rewriting.</summary>
    public abstract void Normalize(NormalizedText text);

    /// <summary>Writes the part as tokenizer.json has it: an object whose first key is "type", the others in HF's order.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>The normalized bytes of a text of its own: for the contents of added tokens.</summary>
    public byte[] Normalize(ReadOnlySpan<byte> text)
    {
        NormalizedText normalized = new();
        normalized.Clear(tracked: false);
        normalized.Append(text, 0);
        Normalize(normalized);
        return normalized.Bytes.ToArray();
    }
}
