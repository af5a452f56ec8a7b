namespace Castalia.Text.Unicode;

/// <summary>
/// The classes of code points that pre-tokenizers and added tokens ask for, from tables of Unicode 16.0 that do not move with the
/// runtime. One byte a code point: the few pages that a text touches are all that is ever in memory.
/// </summary>
internal static class CharacterClasses
{
    /// <summary>\p{L}.</summary>
    public const byte Letter = 1;

    /// <summary>\p{N}.</summary>
    public const byte Number = 2;

    /// <summary>\s, that is White_Space.</summary>
    public const byte Space = 4;

    /// <summary>\w; the other three exclude each other, this one stands beside them.</summary>
    public const byte Word = 8;

    /// <summary>What tells the three exclusive classes from each other; 0 is none of them.</summary>
    public const byte KindMask = Letter | Number | Space;

    /// <summary>The classes of each code point.</summary>
    public static readonly byte[] Of = Build();

    private static byte[] Build()
    {
        byte[] classes = new byte[0x110000];
        Mark(classes, UnicodeTables.Letters, Letter);
        Mark(classes, UnicodeTables.Numbers, Number);
        Mark(classes, UnicodeTables.WhiteSpace, Space);
        Mark(classes, UnicodeTables.WordCharacters, Word);
        return classes;
    }

    private static void Mark(byte[] classes, ReadOnlySpan<int> ranges, byte mark)
    {
        for (int i = 0; i < ranges.Length; i += 2)
        {
            foreach (ref byte one in classes.AsSpan(ranges[i]..(ranges[i + 1] + 1)))
                one |= mark;
        }
    }
}
