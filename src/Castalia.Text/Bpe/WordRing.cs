using System.Runtime.InteropServices;

namespace Castalia.Text.Bpe;

/// <summary>Words and their tokens one after the other in a space of fixed size, the newest in the place of the oldest.</summary>
internal sealed class WordRing
{
    private const int Size = 1 << 18, LargestShare = 1 << 10;

    private readonly int[] _space = new int[Size];
    private long _end;

    /// <summary>Whether a word's bytes and tokens are few enough to be kept.</summary>
    public static bool Fits(int bytes, int ids) => Ints(bytes) + ids <= LargestShare;

    /// <summary>Adds a word and its tokens; returns its place, which no other has before or after it.</summary>
    public long Add(ReadOnlySpan<byte> word, ReadOnlySpan<int> ids)
    {
        int need = Ints(word.Length) + ids.Length, at = (int)(_end % Size);
        if (at + need > Size)
            _end += Size - at;
        long place = _end;
        _end += need;
        Span<int> space = _space.AsSpan((int)(place % Size), need);
        word.CopyTo(MemoryMarshal.AsBytes(space));
        ids.CopyTo(space[Ints(word.Length)..]);
        return place;
    }

    /// <summary>Whether what was added at a place has not been overwritten yet.</summary>
    public bool Keeps(long place) => _end - place <= Size;

    /// <summary>The word that was added at a place.</summary>
    public ReadOnlySpan<byte> Word(long place, int length) => MemoryMarshal.AsBytes(_space.AsSpan((int)(place % Size)))[..length];

    /// <summary>The tokens that were added at a place after a word of so many bytes.</summary>
    public ReadOnlySpan<int> Ids(long place, int length, int count) => _space.AsSpan((int)(place % Size) + Ints(length), count);

    private static int Ints(int bytes) => (bytes + 3) / 4;
}
