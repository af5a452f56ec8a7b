using System.Text;
using System.Text.Json;
using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>
/// Normalization form C of Unicode 9.0 over UTF-8. Text that is already in the form, nearly all there is, is only looked at;
/// elsewhere just the stretch around the place is rebuilt.
/// </summary>
internal sealed class NfcNormalizer : Normalizer
{
    public override bool LeavesAsIs(ReadOnlySpan<byte> text) => Ascii.IsValid(text) || FirstDoubt(text, 0, out _) < 0;

    public override bool IsLocal => true;

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "NFC");
        json.WriteEndObject();
    }

    public override void Normalize(NormalizedText text)
    {
        text.BeginRewrite();
        ReadOnlySpan<byte> bytes = text.Bytes;
        List<int>? points = null;
        int from = 0;
        while (FirstDoubt(bytes, from, out int start) is int doubt && doubt >= 0)
        {
            int end = doubt;
            do
                end += Step(bytes, end);
            while (end < bytes.Length && !BeginsAfresh(bytes, end));
            text.Keep(start - from);
            Rebuild(bytes[start..end], points ??= [], text);
            from = end;
        }
        text.EndRewrite();
    }

    /// <summary>
    /// Where the quick check of UAX #15 first fails to say yes at or after <paramref name="from"/> (-1: nowhere), and the last place
    /// before it where the text can be cut.
    /// </summary>
    private static int FirstDoubt(ReadOnlySpan<byte> text, int from, out int lastStart)
    {
        byte[] classes = CompositionTables.CombiningClass, quick = CompositionTables.QuickCheck;
        lastStart = from;
        int previousClass = 0;
        for (int at = from; at < text.Length;)
        {
            if (text[at] < 0x80)
            {
                int run = text[at..].IndexOfAnyInRange((byte)0x80, (byte)0xFF);
                if (run < 0)
                    return -1;
                at += run;
                lastStart = at - 1;
                previousClass = 0;
            }
            int codePoint = CodePoint.At(text, at, out int length);
            int combiningClass = classes[codePoint];
            if (quick[codePoint] != 0 || (combiningClass != 0 && combiningClass < previousClass))
                return at;
            if (combiningClass == 0)
                lastStart = at;
            previousClass = combiningClass;
            at += length;
        }
        return -1;
    }

    /// <summary>Whether what comes before a place cannot touch what begins there.</summary>
    private static bool BeginsAfresh(ReadOnlySpan<byte> text, int at)
    {
        int codePoint = CodePoint.At(text, at, out _);
        return CompositionTables.CombiningClass[codePoint] == 0 && CompositionTables.QuickCheck[codePoint] == 0;
    }

    private static int Step(ReadOnlySpan<byte> text, int at)
    {
        CodePoint.At(text, at, out int length);
        return length;
    }

    /// <summary>Decomposes, orders and composes one stretch (UAX #15, section 1.3).</summary>
    private static void Rebuild(ReadOnlySpan<byte> text, List<int> points, NormalizedText output)
    {
        points.Clear();
        for (int at = 0; at < text.Length;)
        {
            CompositionTables.Decompose(CodePoint.At(text, at, out int length), points);
            at += length;
        }
        Order(points);
        int count = Compose(points);
        output.Skip(text.Length);
        for (int i = 0; i < count; i++)
            output.Insert(points[i]);
    }

    /// <summary>Sorts each run of marks by combining class, equal ones as they stood.</summary>
    private static void Order(List<int> points)
    {
        byte[] classes = CompositionTables.CombiningClass;
        for (int i = 0; i < points.Count; i++)
        {
            if (classes[points[i]] == 0)
                continue;
            int start = i;
            bool ordered = true;
            for (; i + 1 < points.Count && classes[points[i + 1]] != 0; i++)
                ordered &= classes[points[i]] <= classes[points[i + 1]];
            if (ordered)
                continue;
            int[] run = [.. points[start..(i + 1)].OrderBy(point => classes[point])];
            for (int k = 0; k < run.Length; k++)
                points[start + k] = run[k];
        }
    }

    /// <summary>Composes in place; returns how many code points are left.</summary>
    private static int Compose(List<int> points)
    {
        byte[] classes = CompositionTables.CombiningClass;
        int starter = -1, lastClass = -1, count = 0;
        for (int i = 0; i < points.Count; i++)
        {
            int point = points[i], combiningClass = classes[point];
            // lastClass is that of the last mark kept after the starter (-1: none): a mark of the same or a higher class blocks.
            if (starter >= 0 && lastClass < combiningClass && CompositionTables.Compose(points[starter], point) is int composed && composed >= 0)
            {
                points[starter] = composed;
                continue;
            }
            if (combiningClass == 0)
            {
                starter = count;
                lastClass = -1;
            }
            else
            {
                lastClass = combiningClass;
            }
            points[count++] = point;
        }
        return count;
    }
}
