using System.Text;
using System.Text.Json;
using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>
/// The normalization forms of Unicode 9.0 over UTF-8: HF's NFC, NFD, NFKC and NFKD. Text that is already in the form, nearly all there is,
/// is only looked at; elsewhere just the stretch around the place is rebuilt.
/// </summary>
internal sealed class UnicodeFormNormalizer : Normalizer
{
    private readonly string _name;
    private readonly bool _composes;
    private readonly byte[] _quickCheck;
    private readonly DoubtScan _doubts;
    private readonly Action<int, List<int>> _decompose;

    private UnicodeFormNormalizer(string name, bool composes, byte[] quickCheck, Action<int, List<int>> decompose) =>
        (_name, _composes, _quickCheck, _doubts, _decompose) = (name, composes, quickCheck, new DoubtScan(quickCheck), decompose);

    /// <summary>Canonical decomposition, then composition.</summary>
    public static UnicodeFormNormalizer Nfc() => new("NFC", true, CompositionTables.QuickCheck, CompositionTables.Decompose);

    /// <summary>Canonical decomposition.</summary>
    public static UnicodeFormNormalizer Nfd() => new("NFD", false, CompositionTables.DecompositionCheck, CompositionTables.Decompose);

    /// <summary>Compatibility decomposition, then composition.</summary>
    public static UnicodeFormNormalizer Nfkc() => new("NFKC", true, CompatibilityTables.QuickCheck, CompatibilityTables.Decompose);

    /// <summary>Compatibility decomposition.</summary>
    public static UnicodeFormNormalizer Nfkd() => new("NFKD", false, CompatibilityTables.DecompositionCheck, CompatibilityTables.Decompose);

    public override bool LeavesAsIs(ReadOnlySpan<byte> text) => Ascii.IsValid(text) || _doubts.First(text, 0, out _) < 0;

    public override bool IsLocal => true;

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", _name);
        json.WriteEndObject();
    }

    public override void Normalize(NormalizedText text)
    {
        text.BeginRewrite();
        ReadOnlySpan<byte> bytes = text.Bytes;
        Stretch? stretch = null;
        int from = 0;
        while (_doubts.First(bytes, from, out int start) is int doubt && doubt >= 0)
        {
            int end = doubt;
            do
                end += Step(bytes, end);
            while (end < bytes.Length && !BeginsAfresh(bytes, end));
            text.Keep(start - from);
            Rebuild(bytes[start..end], stretch ??= new Stretch(), text);
            from = end;
        }
        text.EndRewrite();
    }

    /// <summary>Whether what comes before a place cannot touch what begins there.</summary>
    private bool BeginsAfresh(ReadOnlySpan<byte> text, int at)
    {
        int codePoint = CodePoint.At(text, at, out _);
        return CompositionTables.CombiningClass[codePoint] == 0 && _quickCheck[codePoint] == 0;
    }

    private static int Step(ReadOnlySpan<byte> text, int at)
    {
        CodePoint.At(text, at, out int length);
        return length;
    }

    /// <summary>Decomposes, orders and, where the form does, composes one stretch (UAX #15, section 1.3).</summary>
    private void Rebuild(ReadOnlySpan<byte> text, Stretch stretch, NormalizedText output)
    {
        stretch.Clear();
        for (int at = 0; at < text.Length;)
        {
            stretch.Add(CodePoint.At(text, at, out int length), _decompose);
            at += length;
        }
        stretch.Order();
        if (_composes)
            stretch.Compose();
        stretch.WriteTo(output);
    }

    /// <summary>
    /// Code points, each with the number by which HF aligns it (see <see cref="NormalizedText.Apply"/>): of those that one decomposes to
    /// the first has 0, the others 1; sorting takes the numbers along; each that is composed into another adds its own less 1 to that one's.
    /// </summary>
    private sealed class Stretch
    {
        private readonly List<int> _decomposed = [];
        private readonly List<(int Point, int Change)> _points = [];

        public void Clear() => _points.Clear();

        public void Add(int codePoint, Action<int, List<int>> decompose)
        {
            _decomposed.Clear();
            decompose(codePoint, _decomposed);
            for (int i = 0; i < _decomposed.Count; i++)
                _points.Add((_decomposed[i], i == 0 ? 0 : 1));
        }

        /// <summary>Sorts each run of marks by combining class, equal ones as they stood.</summary>
        public void Order()
        {
            byte[] classes = CompositionTables.CombiningClass;
            for (int i = 0; i < _points.Count; i++)
            {
                if (classes[_points[i].Point] == 0)
                    continue;
                int start = i;
                bool ordered = true;
                for (; i + 1 < _points.Count && classes[_points[i + 1].Point] != 0; i++)
                    ordered &= classes[_points[i].Point] <= classes[_points[i + 1].Point];
                if (ordered)
                    continue;
                (int Point, int Change)[] run = [.. _points.Skip(start).Take(i + 1 - start).OrderBy(point => classes[point.Point])];
                for (int k = 0; k < run.Length; k++)
                    _points[start + k] = run[k];
            }
        }

        /// <summary>Composes in place.</summary>
        public void Compose()
        {
            byte[] classes = CompositionTables.CombiningClass;
            int starter = -1, lastClass = -1, count = 0;
            for (int i = 0; i < _points.Count; i++)
            {
                (int point, int change) = _points[i];
                int combiningClass = classes[point];
                // lastClass is that of the last mark kept after the starter (-1: none): a mark of the same or a higher class blocks.
                if (starter >= 0 && lastClass < combiningClass
                    && CompositionTables.Compose(_points[starter].Point, point) is int composed && composed >= 0)
                {
                    _points[starter] = (composed, _points[starter].Change + change - 1);
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
                _points[count++] = (point, change);
            }
            _points.RemoveRange(count, _points.Count - count);
        }

        public void WriteTo(NormalizedText output)
        {
            foreach ((int point, int change) in _points)
                output.Apply(point, change);
        }
    }
}
