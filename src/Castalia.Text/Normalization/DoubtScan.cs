using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>
/// The quick check of UAX #15 for one form: finds the places in a text where it might not be normalized. Low bytes are passed with vectors, and
/// of other characters one table says whether there is anything to look at.
/// </summary>
internal sealed class DoubtScan
{
    private readonly byte[] _quickCheck;
    private readonly bool[] _isPlain = new bool[0x110000];
    private readonly byte _firstDubious;

    /// <param name="quickCheck">The form's quick check of each code point: 0 says yes.</param>
    public DoubtScan(byte[] quickCheck)
    {
        _quickCheck = quickCheck;
        for (int point = 0; point < _isPlain.Length; point++)
            _isPlain[point] = quickCheck[point] == 0 && CompositionTables.CombiningClass[point] == 0;
        // The first byte of a character up to U+07FF says which 64 it is one of.
        int plain = _isPlain.AsSpan(0x80, 0x800 - 0x80).IndexOf(false);
        _firstDubious = plain < 0 ? (byte)0xE0 : (byte)(0xC0 | ((plain + 0x80) >> 6));
    }

    /// <summary>
    /// Where the quick check first fails to say yes at or after <paramref name="from"/> (-1: nowhere), and the last place before it where the
    /// text can be cut.
    /// </summary>
    public int First(ReadOnlySpan<byte> text, int from, out int lastStart)
    {
        lastStart = from;
        int previousClass = 0;
        for (int at = from; at < text.Length;)
        {
            if (text[at] < _firstDubious)
            {
                int run = text[at..].IndexOfAnyInRange(_firstDubious, (byte)0xFF);
                if (run < 0)
                    return -1;
                at += run;
                CodePoint.Before(text, at, out int before);
                lastStart = at - before;
                previousClass = 0;
            }
            int codePoint = CodePoint.At(text, at, out int length);
            if (_isPlain[codePoint])
            {
                lastStart = at;
                previousClass = 0;
            }
            else
            {
                int combiningClass = CompositionTables.CombiningClass[codePoint];
                if (_quickCheck[codePoint] != 0 || combiningClass < previousClass)
                    return at;
                previousClass = combiningClass;
            }
            at += length;
        }
        return -1;
    }
}
