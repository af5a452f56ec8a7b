using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>
/// The classes of code points that normalizers ask for, each as of the Unicode version that HF tokenizers has it of: its parts come from
/// libraries of different ages.
/// </summary>
internal static class NormalizationClasses
{
    /// <summary>\p{M} of Unicode 9.0: what StripAccents takes out.</summary>
    public const byte Mark = 1;

    /// <summary>\p{Mn} of Unicode 8.0: what BertNormalizer takes out as accents.</summary>
    public const byte NonspacingMark = 2;

    /// <summary>\p{Cc}, \p{Cf} and \p{Co} of Unicode 8.0: BertNormalizer's control characters.</summary>
    public const byte Control = 4;

    /// <summary>The classes of each code point.</summary>
    public static readonly byte[] Of = Build();

    private static byte[] Build()
    {
        byte[] classes = new byte[0x110000];
        Set(classes, NormalizationTables.Marks, Mark);
        Set(classes, NormalizationTables.NonspacingMarks, NonspacingMark);
        Set(classes, NormalizationTables.Controls, Control);
        return classes;
    }

    private static void Set(byte[] classes, ReadOnlySpan<int> ranges, byte mark)
    {
        for (int i = 0; i < ranges.Length; i += 2)
        {
            foreach (ref byte one in classes.AsSpan(ranges[i]..(ranges[i + 1] + 1)))
                one |= mark;
        }
    }
}
