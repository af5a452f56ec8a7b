using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Castalia.Data;

/// <summary>
/// All that chance decides about a document, drawn from hashes of its text, so that it never depends on the other documents: its identity, its
/// split, whether it is in the last part of an epoch, and where its copies stand in the shuffled corpus.
/// </summary>
/// <param name="Identity">The first 128 bits of the text's SHA-256: equal texts, equal identities.</param>
/// <param name="Split">From 0 up to 1; compared with the shares.</param>
/// <param name="Fraction">From 0 up to 1; compared with the fraction of the epochs.</param>
/// <param name="Order">Where the copies' places are drawn from.</param>
internal readonly record struct DocumentDraw(UInt128 Identity, double Split, double Fraction, ulong Order)
{
    private const int LongestSalt = 256;

    public static DocumentDraw Of(ReadOnlySpan<byte> utf8Text, CorpusOptions options)
    {
        Span<byte> text = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8Text, text);

        Span<byte> split = stackalloc byte[SHA256.HashSizeInBytes];
        HashWith(options.SplitSalt, text, split);
        Span<byte> order = stackalloc byte[SHA256.HashSizeInBytes];
        HashWith(FormattableString.Invariant($"order {options.Seed}"), text, order);

        return new DocumentDraw(
            BinaryPrimitives.ReadUInt128BigEndian(text),
            UnitInterval(BinaryPrimitives.ReadUInt64LittleEndian(split)),
            UnitInterval(BinaryPrimitives.ReadUInt64LittleEndian(order)),
            BinaryPrimitives.ReadUInt64LittleEndian(order[8..]));
    }

    public CorpusSplit SplitFor(CorpusOptions options) => Split < options.TestShare
        ? CorpusSplit.Test
        : Split < options.TestShare + options.ValidationShare ? CorpusSplit.Validation : CorpusSplit.Train;

    /// <summary>How many copies go into training.</summary>
    public int Copies(double epochs)
    {
        double whole = Math.Floor(epochs);
        return (int)whole + (Fraction < epochs - whole ? 1 : 0);
    }

    /// <summary>The place of a copy in the shuffled corpus: places are sorted by this key (splitmix64 of the draw).</summary>
    public ulong PlaceOf(int copy)
    {
        ulong z = Order + (ulong)copy * 0x9e3779b97f4a7c15UL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
        return z ^ (z >> 31);
    }

    private static void HashWith(string salt, ReadOnlySpan<byte> textHash, Span<byte> hash)
    {
        if (Encoding.UTF8.GetByteCount(salt) > LongestSalt)
            throw new InputException("split salt", null, $"it is longer than {LongestSalt} bytes.", "A word is enough.");
        Span<byte> salted = stackalloc byte[LongestSalt + 1 + SHA256.HashSizeInBytes];
        int length = Encoding.UTF8.GetBytes(salt, salted);
        salted[length++] = 0;
        textHash.CopyTo(salted[length..]);
        SHA256.HashData(salted[..(length + textHash.Length)], hash);
    }

    private static double UnitInterval(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));
}
