namespace Castalia.Data;

/// <summary>Sums up documents that were encoded twice.</summary>
/// <param name="sameIds">Whether both vocabularies are the same, so that ids can be compared.</param>
internal sealed class ComparisonTally(bool sameIds)
{
    private const int MostExtremes = 5;

    // Bins of an equal ratio each, 1.1 percent wide, from a sixteenth to sixteen; what lies beyond is put at the ends.
    private const int BinsPerDoubling = 64, Doublings = 4;

    private readonly Group _total = new("all");
    private readonly Dictionary<string, Group> _components = new(StringComparer.Ordinal), _languages = new(StringComparer.Ordinal);
    private readonly long[] _ratios = new long[2 * Doublings * BinsPerDoubling];
    private readonly List<ComparedDocument> _bestForA = [], _bestForB = [];

    /// <summary>How many documents there are.</summary>
    public long Documents => _total.Documents;

    /// <summary>Adds documents.</summary>
    public void Add(IEnumerable<DocumentPair> documents)
    {
        foreach (DocumentPair document in documents)
        {
            _total.Add(document);
            Of(_components, document.Source).Add(document);
            Of(_languages, document.Language).Add(document);
            if (document.TokensA == 0 || document.TokensB == 0)
                continue;
            int bin = (int)Math.Floor((Math.Log2(document.Ratio) + Doublings) * BinsPerDoubling);
            _ratios[Math.Clamp(bin, 0, _ratios.Length - 1)]++;
            if (document.Bytes < TokenizerComparison.LeastBytes)
                continue;
            var compared = new ComparedDocument(document.Id, document.Source, document.Bytes, document.TokensA, document.TokensB);
            Keep(_bestForA, compared, compared.Ratio);
            Keep(_bestForB, compared, -compared.Ratio);
        }
    }

    /// <summary>The sums as results.</summary>
    public ComparisonResult Result(ComparedTokenizer a, ComparedTokenizer b, VocabularyComparison vocabulary) => new()
    {
        A = a,
        B = b,
        Total = _total.Result(sameIds),
        Components = Sorted(_components),
        Languages = Sorted(_languages),
        Ratios = Distribution(),
        BestForA = _bestForA,
        BestForB = _bestForB,
        Vocabulary = vocabulary,
    };

    private static Group Of(Dictionary<string, Group> groups, string name)
    {
        if (!groups.TryGetValue(name, out Group? group))
            groups.Add(name, group = new Group(name));
        return group;
    }

    private List<ComparedGroup> Sorted(Dictionary<string, Group> groups) =>
        [.. groups.Values.Select(group => group.Result(sameIds)).OrderByDescending(group => group.Bytes).ThenBy(group => group.Name, StringComparer.Ordinal)];

    // Keeps the documents of the least order; of equal ones the first.
    private static void Keep(List<ComparedDocument> best, ComparedDocument document, double order)
    {
        double Order(ComparedDocument kept) => order < 0 ? -kept.Ratio : kept.Ratio;
        int at = best.FindIndex(kept => order < Order(kept));
        if (at >= 0)
            best.Insert(at, document);
        else if (best.Count < MostExtremes)
            best.Add(document);
        if (best.Count > MostExtremes)
            best.RemoveAt(MostExtremes);
    }

    private RatioDistribution Distribution()
    {
        long documents = _ratios.Sum();
        return new RatioDistribution(documents, Quantile(documents, 0.05), Quantile(documents, 0.5), Quantile(documents, 0.95),
            [.. _ratios.Index().Where(bin => bin.Item > 0).Select(bin => new RatioBin(Bound(bin.Index), Bound(bin.Index + 1), bin.Item))]);
    }

    private double Quantile(long documents, double share)
    {
        double below = 0, wanted = share * documents;
        for (int i = 0; i < _ratios.Length; i++)
        {
            if (_ratios[i] > 0 && below + _ratios[i] >= wanted)
                return Bound(i + (wanted - below) / _ratios[i]);
            below += _ratios[i];
        }
        return double.NaN;
    }

    private static double Bound(double bin) => Math.Pow(2, bin / BinsPerDoubling - Doublings);

    private sealed class Group(string name)
    {
        private long _bytes, _codePoints, _words, _tokensA, _tokensB, _identical, _roundTripsA, _roundTripsB;

        public long Documents { get; private set; }

        public void Add(in DocumentPair document)
        {
            Documents++;
            _bytes += document.Bytes;
            _codePoints += document.CodePoints;
            _words += document.Words;
            _tokensA += document.TokensA;
            _tokensB += document.TokensB;
            _identical += document.SameIds ? 1 : 0;
            _roundTripsA += document.RoundTripA ? 1 : 0;
            _roundTripsB += document.RoundTripB ? 1 : 0;
        }

        public ComparedGroup Result(bool sameIds) => new(
            name, Documents, _bytes, _codePoints, _words, Side(_tokensA, _roundTripsA), Side(_tokensB, _roundTripsB),
            Per(_tokensA, _tokensB), sameIds ? _identical : null);

        private ComparedSide Side(long tokens, long roundTrips) => new(tokens, Per(_bytes, tokens), Per(tokens, _words), Per(tokens, _codePoints), roundTrips);

        private static double Per(long amount, long of) => of == 0 ? double.NaN : (double)amount / of;
    }
}
