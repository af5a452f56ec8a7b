using System.Runtime.CompilerServices;
using Castalia.Text.Unicode;

namespace Castalia.Text.Regexes;

/// <summary>A set of code points, laid out to ask whether the character at a place of a UTF-8 text is in it.</summary>
internal sealed class ClassTable
{
    private const byte Undecided = 0xFF;

    // By the first byte of a character: its length where all characters that begin so are in the set, 0 where none is, else undecided.
    private readonly byte[] _lengths = new byte[256];

    // The bits of 256 code points each, equal ones once, and which of them holds for each 256.
    private readonly ushort[] _pages = new ushort[(CodePointSet.Last >> 8) + 1];
    private readonly ulong[] _bits;

    public ClassTable(CodePointSet set)
    {
        Set = set;
        _bits = Pages(set);
        for (int first = 0; first < 0x80; first++)
            _lengths[first] = (byte)(set.Contains(first) ? 1 : 0);
        for (int first = 0xC2; first <= 0xF4; first++)
        {
            CodePointSet all = FirstBytes.Beginning(first);
            CodePointSet some = set & all;
            _lengths[first] = some.IsEmpty ? (byte)0 : some.Equals(all) ? (byte)FirstBytes.Length(first) : Undecided;
        }
    }

    public CodePointSet Set { get; }

    /// <summary>The length of the character at a place before the text's end, or 0 when it is not in the set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int LengthAt(ReadOnlySpan<byte> text, int at)
    {
        int length = _lengths[text[at]];
        return length == Undecided ? DecodedLengthAt(text, at) : length;
    }

    /// <summary>Whether the character that ends at a place after the text's start is in the set, and its length.</summary>
    public bool Precedes(ReadOnlySpan<byte> text, int end, out int length) => Contains(CodePoint.Before(text, end, out length));

    /// <summary>The end of the run of members that goes on at a place.</summary>
    public int RunEnd(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length)
        {
            int length = LengthAt(text, at);
            if (length == 0)
                break;
            at += length;
        }
        return at;
    }

    private int DecodedLengthAt(ReadOnlySpan<byte> text, int at) => Contains(CodePoint.At(text, at, out int length)) ? length : 0;

    private bool Contains(int codePoint) =>
        (_bits[(_pages[codePoint >> 8] << 2) | ((codePoint >> 6) & 3)] >> (codePoint & 63) & 1) != 0;

    private ulong[] Pages(CodePointSet set)
    {
        List<ulong> bits = [];
        Dictionary<(ulong, ulong, ulong, ulong), ushort> known = [];
        Span<ulong> page = stackalloc ulong[4];
        ReadOnlySpan<int> ends = set.Ends;
        int run = 0;
        for (int i = 0; i < _pages.Length; i++)
        {
            page.Clear();
            for (; run < ends.Length && ends[run] >> 8 <= i; run += 2)
            {
                int last = Math.Min(ends[run + 1], (i << 8) | 0xFF);
                for (int c = Math.Max(ends[run], i << 8); c <= last; c++)
                    page[(c >> 6) & 3] |= 1UL << (c & 63);
                if (ends[run + 1] > last)
                    break;
            }
            (ulong, ulong, ulong, ulong) key = (page[0], page[1], page[2], page[3]);
            if (!known.TryGetValue(key, out ushort number))
            {
                known.Add(key, number = (ushort)known.Count);
                bits.AddRange(page);
            }
            _pages[i] = number;
        }
        return [.. bits];
    }
}
