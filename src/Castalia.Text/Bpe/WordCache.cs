using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Castalia.Text.Models;
using Castalia.Text.PreTokenization;

namespace Castalia.Text.Bpe;

/// <summary>
/// The tokens of words seen lately, one cache an encoder: no locks, memory bounded. Words of up to 15 bytes are keys by themselves, two to a
/// line of the table; the one used last stands first, and a newcomer takes the place of the other. The bytes of longer words, and tokens
/// that are too many for an entry, are in a ring that overwrites what is oldest.
/// </summary>
internal sealed class WordCache
{
    /// <summary>The longest word that is its own key.</summary>
    public const int LongestInline = 15;

    /// <summary>The longest word that is kept at all.</summary>
    public const int Longest = 255;

    private const int LineBits = 16, LongBits = 14, BatchSize = 512;

    private readonly CacheLines _short = new(1 << LineBits);
    private readonly LongEntry[] _long = new LongEntry[1 << LongBits];
    private readonly WordRing _ring = new();
    private readonly int[] _ends = new int[BatchSize];

    /// <summary>Adds the tokens of all words of a stretch of text to the output, from the cache or else from the encoder.</summary>
    /// <param name="text">Valid UTF-8; what stands around the stretch makes no difference.</param>
    /// <param name="start">Where the stretch begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="scanner">Says what its words are.</param>
    /// <param name="encoder">Encodes words that the cache does not know.</param>
    /// <param name="output">Takes the tokens.</param>
    public void Encode(ReadOnlySpan<byte> text, int start, int end, WordScanner scanner, PieceEncoder encoder, IdBuffer output)
    {
        while (start < end)
        {
            int count = scanner.FindEnds(text, start, end, _ends);
            Encode(text, start, _ends.AsSpan(0, count), encoder, output);
            start = _ends[count - 1];
        }
    }

    /// <summary>Adds a word's tokens to the output, from the cache or else from the encoder.</summary>
    public void Encode(ReadOnlySpan<byte> text, int start, int end, PieceEncoder encoder, IdBuffer output) =>
        Encode(text, start, [end], encoder, output);

    /// <summary>Words that follow each other. The loop has no branch that text makes hard to foresee: words that are not first of their line are few.</summary>
    private void Encode(ReadOnlySpan<byte> text, int start, ReadOnlySpan<int> ends, PieceEncoder encoder, IdBuffer output)
    {
        ref byte first = ref MemoryMarshal.GetReference(text);
        CacheLines lines = _short;
        int lastReadable = text.Length - 16;
        ref int free = ref output.Reserve(ends.Length * ShortEntry.MostIds);
        int written = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            int end = ends[i], length = end - start;
            if (length <= LongestInline && start <= lastReadable)
            {
                ref byte word = ref Unsafe.Add(ref first, start);
                WordKey key = new(Unsafe.ReadUnaligned<ulong>(ref word), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref word, 8)), length);
                ref ShortEntry entry = ref Unsafe.As<byte, ShortEntry>(ref lines.Line(key.Slot(LineBits)));
                if (entry.Holds(key) && entry.Count <= ShortEntry.MostIds)
                {
                    entry.Ids.StoreUnsafe(ref Unsafe.Add(ref free, written));
                    written += entry.Count;
                    start = end;
                    continue;
                }
            }
            output.Advance(written);
            if (length <= LongestInline)
                EncodeShort(text.Slice(start, length), encoder, output);
            else
                EncodeLong(text.Slice(start, length), encoder, output);
            free = ref output.Reserve((ends.Length - i) * ShortEntry.MostIds);
            written = 0;
            start = end;
        }
        output.Advance(written);
    }

    private void EncodeShort(ReadOnlySpan<byte> word, PieceEncoder encoder, IdBuffer output)
    {
        Span<byte> padded = stackalloc byte[16];
        padded.Clear();
        word.CopyTo(padded);
        WordKey key = new(MemoryMarshal.Read<ulong>(padded), MemoryMarshal.Read<ulong>(padded[8..]), word.Length);
        ref ShortEntry entry = ref Unsafe.As<byte, ShortEntry>(ref _short.Line(key.Slot(LineBits)));
        if (!entry.Holds(key))
        {
            ref ShortEntry second = ref Unsafe.Add(ref entry, 1);
            (entry, second) = (second, entry);
        }
        if (entry.Holds(key))
        {
            if (entry.Count <= ShortEntry.MostIds)
            {
                entry.Ids.StoreUnsafe(ref output.Reserve(ShortEntry.MostIds));
                output.Advance(entry.Count);
                return;
            }
            if (_ring.Keeps(entry.Place))
            {
                output.Add(_ring.Ids(entry.Place, 0, entry.ManyCount));
                return;
            }
        }
        int before = output.Length;
        encoder.Encode(word, output);
        ReadOnlySpan<int> ids = output.Ids[before..];
        if (ids.Length <= ShortEntry.MostIds)
            entry = new ShortEntry(key, ids);
        else if (WordRing.Fits(0, ids.Length))
            entry = new ShortEntry(key, _ring.Add([], ids), ids.Length);
    }

    private void EncodeLong(ReadOnlySpan<byte> word, PieceEncoder encoder, IdBuffer output)
    {
        if (word.Length > Longest)
        {
            encoder.Encode(word, output);
            return;
        }
        ulong hash = WordKey.HashOf(word);
        ref LongEntry entry = ref _long[hash >> (64 - LongBits)];
        if (entry.Hash == hash && entry.Length == word.Length && _ring.Keeps(entry.Place) && word.SequenceEqual(_ring.Word(entry.Place, word.Length)))
        {
            output.Add(_ring.Ids(entry.Place, word.Length, entry.Count));
            return;
        }
        int before = output.Length;
        encoder.Encode(word, output);
        ReadOnlySpan<int> ids = output.Ids[before..];
        if (WordRing.Fits(word.Length, ids.Length))
            entry = new LongEntry { Hash = hash, Place = _ring.Add(word, ids), Length = word.Length, Count = ids.Length };
    }

    private struct LongEntry
    {
        public ulong Hash;
        public long Place;
        public int Length, Count;
    }

    /// <summary>A word of at most 15 bytes and its tokens: four of them in it, more of them in the ring.</summary>
    private struct ShortEntry
    {
        public const int MostIds = 4;

        private const int TooMany = 15;

        private readonly ulong _low, _high;

        /// <summary>The tokens; those beyond the count mean nothing.</summary>
        public readonly Vector128<int> Ids;

        public ShortEntry(WordKey key, ReadOnlySpan<int> ids)
        {
            Span<int> padded = [0, 0, 0, 0];
            ids.CopyTo(padded);
            (_low, _high, Ids) = (key.Low, key.High | ((ulong)ids.Length << 60), Vector128.Create<int>(padded));
        }

        public ShortEntry(WordKey key, long place, int count) =>
            (_low, _high, Ids) = (key.Low, key.High | ((ulong)TooMany << 60), Vector128.Create(place, count).AsInt32());

        public readonly int Count => (int)(_high >> 60);

        public readonly long Place => Ids.AsInt64()[0];

        public readonly int ManyCount => (int)Ids.AsInt64()[1];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly bool Holds(WordKey key) => _low == key.Low && (_high ^ key.High) << 4 == 0;
    }
}
