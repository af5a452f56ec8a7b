namespace Castalia.Text.Regexes;

/// <summary>What may stand at a place for a program to go on from there.</summary>
/// <param name="Characters">The next character is one of these,</param>
/// <param name="AtEnd">or there is none.</param>
internal readonly record struct FirstCharacters(CodePointSet Characters, bool AtEnd)
{
    public static FirstCharacters Anything { get; } = new(CodePointSet.All, true);

    public static FirstCharacters Nothing { get; } = new(CodePointSet.Empty, false);

    /// <summary>By the next byte whether the program may go on; the last entry, 256, is for the end of the text.</summary>
    public bool[] ByByte()
    {
        bool[] possible = new bool[257];
        for (int first = 0; first < 256; first++)
            possible[first] = FirstBytes.Length(first) != 0 && FirstBytes.Beginning(first).Overlaps(Characters);
        possible[256] = AtEnd;
        return possible;
    }
}

/// <summary>The bytes with which characters begin in UTF-8.</summary>
internal static class FirstBytes
{
    private static readonly CodePointSet[] Characters = [.. Enumerable.Range(0, 256).Select(Find)];

    /// <summary>How long a character is that begins with a byte; 0 where none does.</summary>
    public static int Length(int first) => first switch { < 0x80 => 1, < 0xC2 => 0, < 0xE0 => 2, < 0xF0 => 3, < 0xF5 => 4, _ => 0 };

    /// <summary>The characters that begin with a byte.</summary>
    public static CodePointSet Beginning(int first) => Characters[first];

    private static CodePointSet Find(int first) => Length(first) switch
    {
        1 => CodePointSet.Of(first),
        2 => CodePointSet.Range((first & 0x1F) << 6, ((first & 0x1F) << 6) | 0x3F),
        3 => CodePointSet.Range(Math.Max(0x800, (first & 0x0F) << 12), ((first & 0x0F) << 12) | 0xFFF),
        4 => CodePointSet.Range(Math.Max(0x10000, (first & 0x07) << 18), Math.Min(CodePointSet.Last, ((first & 0x07) << 18) | 0x3FFFF)),
        _ => CodePointSet.Empty,
    };
}
