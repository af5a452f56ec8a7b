using System.Buffers.Binary;

namespace Castalia.Testing;

/// <summary>Damages sound files at random: bits, bytes, numbers and lengths, cuts, repeated, moved and foreign pieces, tokens of the format.</summary>
/// <param name="random">Where chance comes from.</param>
/// <param name="sound">The sound files.</param>
/// <param name="tokens">Pieces that mean something in the format.</param>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> sound, IReadOnlyList<byte[]> tokens)
{
    private const int Edge = 256, LongestPiece = 100;

    private static readonly ulong[] Interesting =
    [
        0, 1, 2, 3, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 0x100000000, 1UL << 40, 1UL << 62,
        long.MaxValue, 1UL << 63, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    private readonly byte[] _bytes = new byte[MostBytes(sound)];
    private int _length;

    /// <summary>The longest file it makes.</summary>
    public static int MostBytes(IReadOnlyList<byte[]> sound) => sound.Max(file => file.Length) + 4096;

    /// <summary>A damaged file. Valid until the next.</summary>
    public ReadOnlySpan<byte> Next()
    {
        byte[] file = sound[random.Next(sound.Count)];
        file.CopyTo(_bytes, 0);
        _length = file.Length;
        for (int times = random.Next(2) == 0 ? 1 : random.Next(2, 6); times > 0 && _length > 0; times--)
            Damage();
        return _bytes.AsSpan(0, _length);
    }

    private void Damage()
    {
        // The places that decide are at the start, or at the end.
        int at = random.Next(4) switch
        {
            0 or 1 => random.Next(_length),
            2 => random.Next(Math.Min(_length, Edge)),
            _ => _length - 1 - random.Next(Math.Min(_length, Edge)),
        };
        switch (random.Next(11))
        {
            case 0: _bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: _bytes[at] = (byte)random.Next(256); break;
            case 2: _length = at; break;
            case 3: Remove(at, Piece(at)); break;
            case 4: Insert(at, tokens[random.Next(tokens.Count)]); break;
            case 5: Overwrite(at, tokens[random.Next(tokens.Count)]); break;
            case 6: Insert(at, _bytes.AsSpan(at, Piece(at)).ToArray()); break;
            case 7: Number(at); break;
            case 8: Number(at); break;
            case 9:
                int other = random.Next(_length);
                Overwrite(at, _bytes.AsSpan(other, Piece(other)).ToArray());
                break;
            default:
                byte[] foreign = sound[random.Next(sound.Count)];
                int from = random.Next(foreign.Length);
                Insert(at, foreign.AsSpan(from, Math.Min(random.Next(1, LongestPiece), foreign.Length - from)));
                break;
        }
    }

    private int Piece(int at) => Math.Min(random.Next(1, LongestPiece), _length - at);

    // A number of 1 to 8 bytes, either way round.
    private void Number(int at)
    {
        Span<byte> number = stackalloc byte[8];
        int size = 1 << random.Next(4);
        ulong value = random.Next(4) == 0 ? (ulong)random.NextInt64() >> random.Next(64) : Interesting[random.Next(Interesting.Length)];
        if (random.Next(8) == 0)
            BinaryPrimitives.WriteUInt64BigEndian(number, value << (64 - 8 * size));
        else
            BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        Overwrite(at, number[..size]);
    }

    private void Overwrite(int at, ReadOnlySpan<byte> piece) => piece[..Math.Min(piece.Length, _length - at)].CopyTo(_bytes.AsSpan(at));

    private void Insert(int at, ReadOnlySpan<byte> piece)
    {
        piece = piece[..Math.Min(piece.Length, _bytes.Length - _length)];
        _bytes.AsSpan(at, _length - at).CopyTo(_bytes.AsSpan(at + piece.Length));
        piece.CopyTo(_bytes.AsSpan(at));
        _length += piece.Length;
    }

    private void Remove(int at, int count)
    {
        _bytes.AsSpan(at + count, _length - at - count).CopyTo(_bytes.AsSpan(at));
        _length -= count;
    }
}
