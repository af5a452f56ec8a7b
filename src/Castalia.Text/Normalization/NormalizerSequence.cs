using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>Normalizers one after the other.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<Normalizer> parts) : Normalizer
{
    public override ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text, ByteBuffer scratch)
    {
        ReadOnlySpan<byte> current = text;
        foreach (Normalizer part in parts)
        {
            // A part may not read what it writes: what an earlier part left in the scratch space moves out of its way.
            ByteBuffer target = current.Overlaps(scratch.Bytes) ? new ByteBuffer() : scratch;
            current = part.Normalize(current, target);
            if (!ReferenceEquals(target, scratch) && current.Overlaps(target.Bytes))
            {
                scratch.Clear();
                scratch.Add(current);
                current = scratch.Bytes;
            }
        }
        return current;
    }
}
