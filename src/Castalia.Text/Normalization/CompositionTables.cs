using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>
/// What Unicode 9.0 says of canonical equivalence: combining classes, decompositions, compositions (UAX #15). The version is part of the
/// tokenizers' behaviour: HF tokenizers normalizes with 9.0, so marks assigned later neither reorder nor compose.
/// </summary>
internal static class CompositionTables
{
    /// <summary>Quick check "no": the code point never occurs in NFC.</summary>
    public const byte Never = 1;

    /// <summary>Quick check "maybe": the code point may compose with one before it.</summary>
    public const byte Perhaps = 2;

    public const int HangulFirst = 0xAC00, HangulLast = 0xD7A3;
    private const int LeadFirst = 0x1100, VowelFirst = 0x1161, TailFirst = 0x11A7, Leads = 19, Vowels = 21, Tails = 28;

    /// <summary>Canonical combining class of each code point.</summary>
    public static readonly byte[] CombiningClass = BuildClasses();

    /// <summary>NFC quick check of each code point: 0 (yes), <see cref="Never"/> or <see cref="Perhaps"/>.</summary>
    public static readonly byte[] QuickCheck = new byte[0x110000];

    /// <summary>Whether each code point has a canonical decomposition: 0 or <see cref="Never"/>, what NFD's quick check says.</summary>
    public static readonly byte[] DecompositionCheck = new byte[0x110000];

    private static readonly Dictionary<int, (int First, int Second)> Decompositions = [];
    private static readonly Dictionary<long, int> Compositions = [];

    static CompositionTables()
    {
        HashSet<int> excluded = [.. UnicodeTables.CompositionExclusions];
        ReadOnlySpan<int> table = UnicodeTables.Decompositions;
        for (int i = 0; i < table.Length; i += 3)
        {
            (int composed, int first, int second) = (table[i], table[i + 1], table[i + 2]);
            Decompositions.Add(composed, (first, second));
            DecompositionCheck[composed] = Never;
            bool composes = second != 0 && !excluded.Contains(composed) && CombiningClass[composed] == 0 && CombiningClass[first] == 0;
            if (composes)
            {
                Compositions.Add(Pair(first, second), composed);
                QuickCheck[second] = Perhaps;
            }
            else
            {
                QuickCheck[composed] = Never;
            }
        }
        DecompositionCheck.AsSpan(HangulFirst..(HangulLast + 1)).Fill(Never);
        QuickCheck.AsSpan(VowelFirst, Vowels).Fill(Perhaps);
        QuickCheck.AsSpan(TailFirst + 1, Tails - 1).Fill(Perhaps);
    }

    /// <summary>Adds the full canonical decomposition of a code point to a list.</summary>
    public static void Decompose(int codePoint, List<int> into)
    {
        if (codePoint is >= HangulFirst and <= HangulLast)
        {
            int index = codePoint - HangulFirst;
            into.Add(LeadFirst + (index / (Vowels * Tails)));
            into.Add(VowelFirst + (index % (Vowels * Tails) / Tails));
            if (index % Tails != 0)
                into.Add(TailFirst + (index % Tails));
        }
        else if (Decompositions.TryGetValue(codePoint, out (int First, int Second) parts))
        {
            Decompose(parts.First, into);
            if (parts.Second != 0)
                Decompose(parts.Second, into);
        }
        else
        {
            into.Add(codePoint);
        }
    }

    /// <summary>The code point that two compose to, or -1.</summary>
    public static int Compose(int first, int second)
    {
        if (first is >= LeadFirst and < LeadFirst + Leads && second is >= VowelFirst and < VowelFirst + Vowels)
            return HangulFirst + ((((first - LeadFirst) * Vowels) + (second - VowelFirst)) * Tails);
        if (first is >= HangulFirst and <= HangulLast && (first - HangulFirst) % Tails == 0 && second is > TailFirst and < TailFirst + Tails)
            return first + (second - TailFirst);
        return Compositions.TryGetValue(Pair(first, second), out int composed) ? composed : -1;
    }

    private static long Pair(int first, int second) => ((long)first << 32) | (uint)second;

    private static byte[] BuildClasses()
    {
        byte[] classes = new byte[0x110000];
        ReadOnlySpan<int> table = UnicodeTables.CombiningClasses;
        for (int i = 0; i < table.Length; i += 3)
            classes.AsSpan(table[i]..(table[i + 1] + 1)).Fill((byte)table[i + 2]);
        return classes;
    }
}
