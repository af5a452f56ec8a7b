using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Castalia.Text.Bpe;

/// <summary>A word of 1 to 15 bytes packed into two machine words, its length above the last byte; the highest four bits are 0.</summary>
internal readonly struct WordKey
{
    /// <param name="low">The word's first eight bytes, and whatever follows it.</param>
    /// <param name="high">The next eight.</param>
    /// <param name="length">How many of them are the word.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WordKey(ulong low, ulong high, int length)
    {
        // Shifts count modulo 64. Both masks are worked out, so that no branch hangs on the length.
        ulong mask = (1UL << (length * 8)) - 1;
        Low = length < 8 ? low & mask : low;
        High = (length > 8 ? high & mask : 0) | ((ulong)length << 56);
    }

    public ulong Low { get; }

    public ulong High { get; }

    /// <summary>A place in a table of 2^<paramref name="bits"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nuint Slot(int bits) => (nuint)(Mix(Low ^ 0x9E3779B97F4A7C15, High ^ 0xC2B2AE3D27D4EB4F) >> (64 - bits));

    /// <summary>A hash of a longer word.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> word)
    {
        ulong hash = (ulong)word.Length * 0xD6E8FEB86659FD93;
        ulong last = MemoryMarshal.Read<ulong>(word[^8..]);
        for (; word.Length > 8; word = word[8..])
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(word), 0x165667B19E3779F9);
        return Mix(hash ^ last, 0x27D4EB2F165667C5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong one, ulong other)
    {
        ulong upper = Math.BigMul(one, other, out ulong lower);
        return upper ^ lower;
    }
}
