using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>
/// 64 bytes of text as bit masks, one bit a byte, the first byte's lowest: which bytes are of letters, which of numbers, and so on. Bit
/// arithmetic then finds the beginnings of all words at once, without a branch a character.
/// </summary>
internal readonly ref struct TextWindow
{
    /// <summary>How many bytes a window shows.</summary>
    public const int Size = 64;

    private readonly ReadOnlySpan<byte> _text;
    private readonly ulong _shown;

    /// <summary>A window over the first bytes of a text.</summary>
    /// <param name="text">At least <see cref="Size"/> bytes, of which those shown are valid UTF-8 from the beginning of a code point.</param>
    /// <param name="shown">How many bytes it shows; the rest looks like white space.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TextWindow(ReadOnlySpan<byte> text, int shown)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(text.Length, Size);
        _text = text;
        _shown = shown == Size ? ulong.MaxValue : (1UL << shown) - 1;
        Vector512<byte> bytes = Bytes;
        Letters = InRange(bytes | Vector512.Create((byte)0x20), 'a', 'z') & _shown;
        Numbers = InRange(bytes, '0', '9') & _shown;
        Blanks = Of(' ');
        Spaces = Blanks | InRange(bytes, '\t', '\r') | ~_shown;
        ulong beyond = bytes.ExtractMostSignificantBits() & _shown;
        if (beyond == 0)
            return;
        Continuations = Vector512.LessThan(bytes.AsSByte(), Vector512.Create((sbyte)-0x40)).ExtractMostSignificantBits() & _shown;
        ulong letters = 0, numbers = 0, spaces = 0;
        for (ulong leads = beyond & ~Continuations; leads != 0; leads &= leads - 1)
        {
            int at = BitOperations.TrailingZeroCount(leads);
            int kind = CharacterClasses.Of[CodePoint.At(text, at, out int length)];
            ulong own = ((1UL << length) - 1) << at;
            letters |= own & (0UL - (ulong)(kind & CharacterClasses.Letter));
            numbers |= own & (0UL - (ulong)((kind / CharacterClasses.Number) & 1));
            spaces |= own & (0UL - (ulong)((kind / CharacterClasses.Space) & 1));
        }
        Letters |= letters;
        Numbers |= numbers;
        Spaces |= spaces;
    }

    /// <summary>\p{L}.</summary>
    public ulong Letters { get; }

    /// <summary>\p{N}.</summary>
    public ulong Numbers { get; }

    /// <summary>\s.</summary>
    public ulong Spaces { get; }

    /// <summary>None of letters, numbers and white space.</summary>
    public ulong Others => ~(Letters | Numbers | Spaces);

    /// <summary>U+0020.</summary>
    public ulong Blanks { get; }

    /// <summary>Bytes of a code point that are not its first.</summary>
    public ulong Continuations { get; }

    /// <summary>Carriage returns and line feeds.</summary>
    public ulong LineBreaks => Of('\r') | Of('\n');

    /// <summary>One of the bytes; a space beyond those that are shown.</summary>
    public byte this[int index] => index < Size && ((_shown >> index) & 1) != 0 ? _text[index] : (byte)' ';

    /// <summary>What follows code points, of which the first bytes are given.</summary>
    public ulong After(ulong first) => ((first << 1) + Continuations) & ~Continuations;

    /// <summary>What <see cref="Letters"/> and <see cref="Others"/> do not tell: letters in upper and in lower case, and marks, which are others.</summary>
    public void TellCases(out ulong upper, out ulong lower, out ulong marks)
    {
        Vector512<byte> bytes = Bytes;
        upper = InRange(bytes, 'A', 'Z') & _shown;
        lower = InRange(bytes, 'a', 'z') & _shown;
        marks = 0;
        for (ulong leads = bytes.ExtractMostSignificantBits() & _shown & ~Continuations; leads != 0; leads &= leads - 1)
        {
            int at = BitOperations.TrailingZeroCount(leads);
            int classes = CharacterClasses.Of[CodePoint.At(_text, at, out int length)];
            ulong own = (((1UL << length) - 1) << at) & _shown;
            upper |= (classes & CharacterClasses.UpperCase) != 0 ? own : 0;
            lower |= (classes & CharacterClasses.LowerCase) != 0 ? own : 0;
            marks |= (classes & CharacterClasses.Mark) != 0 ? own : 0;
        }
    }

    /// <summary>The places of one ASCII character.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Of(char character) =>
        Vector512.Equals(Bytes, Vector512.Create((byte)character)).ExtractMostSignificantBits() & _shown;

    private Vector512<byte> Bytes => Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(_text));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong InRange(Vector512<byte> bytes, char low, char high) =>
        Vector512.LessThanOrEqual(bytes - Vector512.Create((byte)low), Vector512.Create((byte)(high - low))).ExtractMostSignificantBits();
}
