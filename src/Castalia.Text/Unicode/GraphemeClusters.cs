namespace Castalia.Text.Unicode;

/// <summary>Extended grapheme clusters of Unicode 17.0 (UAX #29, section 3.1.1): what a reader takes for one character.</summary>
internal static class GraphemeClusters
{
    private const byte KindMask = 15, Pictographic = 16, Consonant = 32, Linker = 64, ConjunctExtend = 128;

    private static readonly byte[] Of = Build();

    /// <summary>The values of Grapheme_Cluster_Break, by the numbers that the tables have them under.</summary>
    private enum GraphemeBreak
    {
        Other,
        CarriageReturn,
        LineFeed,
        Control,
        Extend,
        Joiner,
        Prepend,
        SpacingMark,
        Lead,
        Vowel,
        Tail,
        LeadVowel,
        LeadVowelTail,
        RegionalIndicator,
    }

    /// <summary>Where the cluster that begins at a place ends.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="start">Where a cluster begins.</param>
    public static int End(ReadOnlySpan<byte> text, int start)
    {
        byte properties = Of[CodePoint.At(text, start, out int length)];
        int at = start + length;
        Context context = default;
        context.Pass(properties);
        while (at < text.Length)
        {
            byte next = Of[CodePoint.At(text, at, out length)];
            if (context.BreaksBefore(next))
                break;
            context.Pass(next);
            at += length;
        }
        return at;
    }

    private static byte[] Build()
    {
        byte[] of = new byte[0x110000];
        ReadOnlySpan<int> runs = NormalizationTables.GraphemeBreaks;
        for (int i = 0; i < runs.Length; i += 3)
            of.AsSpan(runs[i]..(runs[i + 1] + 1)).Fill((byte)runs[i + 2]);
        for (int syllable = 0xAC00; syllable <= 0xD7A3; syllable++)
            of[syllable] = (byte)((syllable - 0xAC00) % 28 == 0 ? GraphemeBreak.LeadVowel : GraphemeBreak.LeadVowelTail);
        return of;
    }

    /// <summary>What the rules have to know of the cluster so far.</summary>
    private struct Context
    {
        private GraphemeBreak _last;

        // Rule GB11: a pictograph, then Extend; and whether a joiner has followed.
        private bool _pictograph, _pictographJoined;

        // Rule GB9c: a consonant, then linkers and Extend; and whether a linker was among them.
        private bool _consonant, _linked;

        // Rules GB12 and GB13: whether an odd number of regional indicators stands at the end.
        private bool _oddIndicators;

        public void Pass(byte properties)
        {
            GraphemeBreak kind = (GraphemeBreak)(properties & KindMask);
            _pictographJoined = _pictograph && kind == GraphemeBreak.Joiner;
            _pictograph = (properties & Pictographic) != 0 || (_pictograph && kind == GraphemeBreak.Extend);
            bool linker = (properties & Linker) != 0;
            _linked = (properties & Consonant) == 0 && _consonant && (_linked || linker);
            _consonant = (properties & Consonant) != 0 || (_consonant && (linker || (properties & ConjunctExtend) != 0));
            _oddIndicators = kind == GraphemeBreak.RegionalIndicator && !_oddIndicators;
            _last = kind;
        }

        public readonly bool BreaksBefore(byte properties)
        {
            GraphemeBreak next = (GraphemeBreak)(properties & KindMask);
            if (_last == GraphemeBreak.CarriageReturn && next == GraphemeBreak.LineFeed)
                return false;
            if (_last is GraphemeBreak.CarriageReturn or GraphemeBreak.LineFeed or GraphemeBreak.Control
                || next is GraphemeBreak.CarriageReturn or GraphemeBreak.LineFeed or GraphemeBreak.Control)
                return true;
            bool together = next is GraphemeBreak.Extend or GraphemeBreak.Joiner or GraphemeBreak.SpacingMark
                || _last == GraphemeBreak.Prepend
                || JoinsSyllable(next)
                || (_linked && (properties & Consonant) != 0)
                || (_pictographJoined && (properties & Pictographic) != 0)
                || (_oddIndicators && next == GraphemeBreak.RegionalIndicator);
            return !together;
        }

        private readonly bool JoinsSyllable(GraphemeBreak next) => _last switch
        {
            GraphemeBreak.Lead => next is GraphemeBreak.Lead or GraphemeBreak.Vowel or GraphemeBreak.LeadVowel or GraphemeBreak.LeadVowelTail,
            GraphemeBreak.LeadVowel or GraphemeBreak.Vowel => next is GraphemeBreak.Vowel or GraphemeBreak.Tail,
            GraphemeBreak.LeadVowelTail or GraphemeBreak.Tail => next == GraphemeBreak.Tail,
            _ => false,
        };
    }
}
