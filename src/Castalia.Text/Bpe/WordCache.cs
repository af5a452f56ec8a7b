using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Castalia.Text.Models;

namespace Castalia.Text.Bpe;

/// <summary>
/// The tokens of words seen lately, one cache an encoder: no locks, memory bounded, a newcomer takes the place of what was in its slot.
/// Words up to 15 bytes are keys by themselves, packed into 16 bytes with their length; longer ones are kept in an arena.
/// </summary>
internal sealed class WordCache
{
    /// <summary>The longest word that is its own key.</summary>
    public const int LongestInline = 15;

    /// <summary>The longest word that is kept at all.</summary>
    public const int Longest = 255;

    private const int ShortBits = 16, LongBits = 12, ArenaSize = 1 << 18, ManySize = 1 << 18;

    private readonly ShortEntry[] _short = new ShortEntry[1 << ShortBits];
    private readonly LongEntry[] _long = new LongEntry[1 << LongBits];
    private readonly byte[] _arena = new byte[ArenaSize];
    private readonly int[] _many = new int[ManySize];
    private int _arenaUsed, _manyUsed;

    /// <summary>Adds a word's tokens to the output, from the cache or else from the encoder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Encode(ReadOnlySpan<byte> text, int start, int end, PieceEncoder encoder, IdBuffer output)
    {
        int length = end - start;
        if (length > LongestInline)
        {
            EncodeLong(text[start..end], encoder, output);
            return;
        }
        (ulong low, ulong high) = Pack(text, start, length);
        ref ShortEntry entry = ref _short[Mix(low, high) >> (64 - ShortBits)];
        if (entry.Low == low && entry.High == high && entry.Count <= 3)
            output.Add(entry.First, entry.Second, entry.Third, entry.Count);
        else
            EncodeShort(ref entry, low, high, text[start..end], encoder, output);
    }

    private void EncodeShort(
        ref ShortEntry entry, ulong low, ulong high, ReadOnlySpan<byte> word, PieceEncoder encoder, IdBuffer output)
    {
        if (entry.Low == low && entry.High == high)
        {
            output.Add(_many.AsSpan(entry.First, entry.Count));
            return;
        }
        int before = output.Length;
        encoder.Encode(word, output);
        ReadOnlySpan<int> ids = output.Ids[before..];
        if (ids.Length <= 3)
        {
            entry = new ShortEntry
            {
                Low = low,
                High = high,
                Count = ids.Length,
                First = ids.Length > 0 ? ids[0] : 0,
                Second = ids.Length > 1 ? ids[1] : 0,
                Third = ids.Length > 2 ? ids[2] : 0,
            };
            return;
        }
        MakeRoom(0, ids.Length);
        entry = new ShortEntry { Low = low, High = high, Count = ids.Length, First = Keep(ids) };
    }

    private void EncodeLong(ReadOnlySpan<byte> word, PieceEncoder encoder, IdBuffer output)
    {
        if (word.Length > Longest)
        {
            encoder.Encode(word, output);
            return;
        }
        ulong hash = HashOf(word);
        ref LongEntry entry = ref _long[hash >> (64 - LongBits)];
        if (entry.Hash == hash && word.SequenceEqual(_arena.AsSpan(entry.Word, entry.Length)))
        {
            output.Add(_many.AsSpan(entry.Ids, entry.Count));
            return;
        }
        int before = output.Length;
        encoder.Encode(word, output);
        ReadOnlySpan<int> ids = output.Ids[before..];
        MakeRoom(word.Length, ids.Length);
        word.CopyTo(_arena.AsSpan(_arenaUsed));
        entry = new LongEntry { Hash = hash, Word = _arenaUsed, Length = word.Length, Ids = Keep(ids), Count = ids.Length };
        _arenaUsed += word.Length;
    }

    private int Keep(ReadOnlySpan<int> ids)
    {
        int at = _manyUsed;
        ids.CopyTo(_many.AsSpan(at));
        _manyUsed += ids.Length;
        return at;
    }

    /// <summary>Forgets everything once the space beside the tables is full: simpler than keeping account of what is still in use.</summary>
    private void MakeRoom(int bytes, int ids)
    {
        if (_arenaUsed + bytes <= ArenaSize && _manyUsed + ids <= ManySize)
            return;
        Array.Clear(_short);
        Array.Clear(_long);
        (_arenaUsed, _manyUsed) = (0, 0);
    }

    /// <summary>A word of at most 15 bytes in two machine words, its length in the last byte: never 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong Low, ulong High) Pack(ReadOnlySpan<byte> text, int start, int length)
    {
        ulong low, high;
        if (start + 16 <= text.Length)
        {
            ref byte first = ref Unsafe.Add(ref MemoryMarshal.GetReference(text), start);
            low = Unsafe.ReadUnaligned<ulong>(ref first);
            high = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, 8));
        }
        else
        {
            Span<byte> padded = stackalloc byte[16];
            padded.Clear();
            text.Slice(start, length).CopyTo(padded);
            low = MemoryMarshal.Read<ulong>(padded);
            high = MemoryMarshal.Read<ulong>(padded[8..]);
        }
        // Shifts count modulo 64: a word of 8 bytes keeps all of the low part.
        if (length < 8)
            (low, high) = (low & ((1UL << (length * 8)) - 1), 0);
        else
            high &= (1UL << ((length - 8) * 8)) - 1;
        return (low, high | ((ulong)length << 56));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong low, ulong high)
    {
        ulong upper = Math.BigMul(low ^ 0x9E3779B97F4A7C15, high ^ 0xC2B2AE3D27D4EB4F, out ulong lower);
        return upper ^ lower;
    }

    private static ulong HashOf(ReadOnlySpan<byte> word)
    {
        ulong hash = (ulong)word.Length;
        for (; word.Length >= 8; word = word[8..])
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(word), 0x165667B19E3779F9);
        ulong rest = 0;
        foreach (byte value in word)
            rest = (rest << 8) | value;
        return Mix(hash ^ rest, 0x27D4EB2F165667C5) | 1;
    }

    private struct ShortEntry
    {
        public ulong Low, High;
        public int First, Second, Third, Count;
    }

    private struct LongEntry
    {
        public ulong Hash;
        public int Word, Length, Ids, Count;
    }
}
