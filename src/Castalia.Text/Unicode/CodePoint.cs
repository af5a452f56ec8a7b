using System.Runtime.CompilerServices;

namespace Castalia.Text.Unicode;

/// <summary>Steps through UTF-8 that is known to be valid (<see cref="System.Text.Unicode.Utf8.IsValid"/>): nothing is checked again.</summary>
internal static class CodePoint
{
    /// <summary>The code point that begins at <paramref name="position"/>, and how many bytes it takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int At(ReadOnlySpan<byte> text, int position, out int length)
    {
        int first = text[position];
        if (first < 0x80)
        {
            length = 1;
            return first;
        }
        if (first < 0xE0)
        {
            length = 2;
            return ((first & 0x1F) << 6) | (text[position + 1] & 0x3F);
        }
        if (first < 0xF0)
        {
            length = 3;
            return ((first & 0x0F) << 12) | ((text[position + 1] & 0x3F) << 6) | (text[position + 2] & 0x3F);
        }
        length = 4;
        return ((first & 0x07) << 18) | ((text[position + 1] & 0x3F) << 12) | ((text[position + 2] & 0x3F) << 6) | (text[position + 3] & 0x3F);
    }

    /// <summary>The code point that ends just before <paramref name="end"/>, and how many bytes it takes.</summary>
    public static int Before(ReadOnlySpan<byte> text, int end, out int length)
    {
        int start = end - 1;
        while ((text[start] & 0xC0) == 0x80)
            start--;
        return At(text, start, out length);
    }
}
