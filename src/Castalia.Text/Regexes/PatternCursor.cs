using System.Globalization;
using System.Text;

namespace Castalia.Text.Regexes;

/// <summary>The characters of a pattern, read from left to right, and the escapes that stand for one character.</summary>
internal sealed class PatternCursor(string pattern)
{
    /// <summary>The next character, in UTF-16 units from the start.</summary>
    public int Position { get; set; }

    public int Length => pattern.Length;

    public bool AtEnd => Position == pattern.Length;

    /// <summary>The next UTF-16 unit; NUL at the end.</summary>
    public char Peek => Ahead(0);

    /// <summary>The UTF-16 unit so many places on; NUL beyond the end.</summary>
    public char Ahead(int places) => Position + places < pattern.Length ? pattern[Position + places] : '\0';

    public PatternException Error(string problem) => new(Position, problem);

    public static PatternException Unsupported(int position, string what) => new(position, $"{what} is not supported");

    /// <summary>Whether a text comes next.</summary>
    public bool Follows(string text) => string.CompareOrdinal(pattern, Position, text, 0, text.Length) == 0;

    /// <summary>Steps over a text if it comes next.</summary>
    public bool Skip(string text)
    {
        if (!Follows(text))
            return false;
        Position += text.Length;
        return true;
    }

    /// <summary>Reads one character.</summary>
    public int Next()
    {
        if (!Rune.TryGetRuneAt(pattern, Position, out Rune rune))
            throw Error("a surrogate without its other half");
        Position += rune.Utf16SequenceLength;
        return rune.Value;
    }

    /// <summary>Reads up to an end mark and steps over it.</summary>
    public string Until(char end, string what)
    {
        int at = pattern.IndexOf(end, Position);
        if (at < 0)
            throw Error($"{what} without its '{end}'");
        string text = pattern[Position..at];
        Position = at + 1;
        return text;
    }

    /// <summary>Reads a decimal number, -1 where there is none.</summary>
    /// <param name="limit">What is greater is an error.</param>
    public int Number(int limit)
    {
        int start = Position, value = -1;
        for (; char.IsAsciiDigit(Peek); Position++)
        {
            value = Math.Max(value, 0) * 10 + Peek - '0';
            if (value > limit)
                throw new PatternException(start, $"a number greater than {limit}");
        }
        return value;
    }

    /// <summary>Reads the character that an escape stands for, after its backslash.</summary>
    public int EscapedCharacter()
    {
        int start = Position - 1;
        int escaped = Next();
        switch (escaped)
        {
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'f':
                return '\f';
            case 'v':
                return '\v';
            case 'a':
                return '\a';
            case 'e':
                return '\e';
            case 'c':
                return Control();
            case 'C' when Skip("-"):
                return Control();
            case 'M' when Peek == '-':
                throw Unsupported(start, @"\M- (a character with its highest bit set)");
            case 'u':
                return CodePointOf(Digits(16, 4, 4), start);
            case 'x' when Skip("{"):
                return Braced(16, start);
            case 'o' when Skip("{"):
                return Braced(8, start);
            case 'x':
                return Encoded(Digits(16, 1, 2), start);
            case >= '0' and <= '7':
                Position--;
                return Encoded(Digits(8, 1, 3), start);
            default:
                return escaped;
        }
    }

    private int Control()
    {
        int at = Position;
        int control = AtEnd ? -1 : Next();
        if (control is < 0x20 or > 0x7E or '\\')
            throw new PatternException(at, "a control character's letter was expected here");
        return control == '?' ? 0x7F : control & 0x1F;
    }

    private int Braced(int radix, int start)
    {
        int value = CodePointOf(Digits(radix, 1, 8), start);
        if (Peek == ' ')
            throw Unsupported(Position, "more than one code point in braces");
        return Skip("}") ? value : throw Error("'}' was expected here");
    }

    /// <summary>
    /// A character given by the value of its first byte: bytes of 0x80 and more are those of UTF-8 and need the others after them.
    /// </summary>
    private int Encoded(int first, int start)
    {
        if (first < 0x80)
            return first;
        Span<byte> bytes = [(byte)first, 0, 0, 0];
        int length = first switch { < 0xC2 => 0, < 0xE0 => 2, < 0xF0 => 3, < 0xF5 => 4, _ => 0 };
        for (int i = 1; i < length; i++)
        {
            if (!Skip(@"\x"))
                length = 0;
            else
                bytes[i] = (byte)Digits(16, 2, 2);
        }
        if (length == 0 || Rune.DecodeFromUtf8(bytes[..length], out Rune rune, out int used) != System.Buffers.OperationStatus.Done || used != length)
            throw new PatternException(start, "bytes of 0x80 and more must spell a character in UTF-8; a code point is written \\x{...}");
        return rune.Value;
    }

    private int Digits(int radix, int least, int most)
    {
        int value = 0, count = 0;
        for (; count < most && IsDigit(Peek, radix); count++, Position++)
            value = (int)Math.Min(int.MaxValue, (long)value * radix + int.Parse([Peek], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        if (count < least)
            throw Error($"{(least == 1 ? "a digit was" : $"{least} digits were")} expected here");
        return value;
    }

    private static bool IsDigit(char c, int radix) => radix == 16 ? char.IsAsciiHexDigit(c) : c is >= '0' and <= '7';

    private static int CodePointOf(int value, int start) =>
        Rune.IsValid(value) ? value : throw new PatternException(start, "not a Unicode scalar value");
}
