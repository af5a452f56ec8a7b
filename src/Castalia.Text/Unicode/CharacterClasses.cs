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

    /// <summary>\w; the three before exclude each other, this one and those that follow stand beside them.</summary>
    public const byte Word = 8;

    /// <summary>\p{M}.</summary>
    public const byte Mark = 16;

    /// <summary>\p{Lu} and \p{Lt}, beside <see cref="Letter"/>.</summary>
    public const byte UpperCase = 32;

    /// <summary>\p{Ll}, beside <see cref="Letter"/>.</summary>
    public const byte LowerCase = 64;

    /// <summary>
    /// Punctuation as HF's Punctuation and BertPreTokenizer have it: <c>[!-/:-@[-`{-~]</c> and \p{P} as of Unicode 8.0.
    /// </summary>
    public const byte Punctuation = 128;

    /// <summary>What tells the three exclusive classes from each other; 0 is none of them.</summary>
    public const byte KindMask = Letter | Number | Space;

    /// <summary>The classes of each code point.</summary>
    public static readonly byte[] Of = Build();

    private static byte[] Build()
    {
        byte[] classes = new byte[0x110000];
        Add(classes, UnicodeTables.Marks, Mark);
        Add(classes, UnicodeTables.UpperLetters, UpperCase);
        Add(classes, UnicodeTables.LowerLetters, LowerCase);
        Add(classes, UnicodeTables.Letters, Letter);
        Add(classes, UnicodeTables.Numbers, Number);
        Add(classes, UnicodeTables.WhiteSpace, Space);
        Add(classes, UnicodeTables.WordCharacters, Word);
        Add(classes, OlderTables.Punctuation, Punctuation);
        Add(classes, ['!', '/', ':', '@', '[', '`', '{', '~'], Punctuation);
        return classes;
    }

    private static void Add(byte[] classes, ReadOnlySpan<int> ranges, byte mark)
    {
        for (int i = 0; i < ranges.Length; i += 2)
        {
            foreach (ref byte one in classes.AsSpan(ranges[i]..(ranges[i + 1] + 1)))
                one |= mark;
        }
    }
}
