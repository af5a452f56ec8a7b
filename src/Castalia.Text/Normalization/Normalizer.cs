using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>A part of a tokenizer that rewrites text before it is cut into words.</summary>
internal abstract class Normalizer
{
    /// <summary>
    /// The normalized text: <paramref name="text"/> itself where nothing changes, else what is now in <paramref name="scratch"/>
    /// (which is cleared first).
    /// </summary>
    /// <param name="text">Valid UTF-8; not in <paramref name="scratch"/>.</param>
    /// <param name="scratch">Where a changed text is written.</param>
    public abstract ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text, ByteBuffer scratch);
}
