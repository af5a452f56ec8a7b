using Castalia.Text;

namespace Castalia.Data;

/// <summary>Two vocabularies side by side, and how often each token comes up.</summary>
internal sealed class VocabularyPair
{
    private readonly IReadOnlyList<TokenDescription> _a, _b;
    private readonly HashSet<ReadOnlyMemory<byte>> _bytesA, _bytesB;
    private readonly long[] _countsA, _countsB;

    public VocabularyPair(Tokenizer a, Tokenizer b)
    {
        (_a, _b) = (a.DescribeTokens(), b.DescribeTokens());
        (ModelA, ModelB) = (a.Describe(0).Model, b.Describe(0).Model);
        (_bytesA, _bytesB) = (Distinct(_a), Distinct(_b));
        (_countsA, _countsB) = (new long[a.VocabularySize], new long[b.VocabularySize]);
        SameIds = _a.Count == _b.Count && _a.Zip(_b).All(pair => pair.First.Id == pair.Second.Id && pair.First.Token == pair.Second.Token);
    }

    public string ModelA { get; }

    public string ModelB { get; }

    public int TokensA => _a.Count;

    public int TokensB => _b.Count;

    public int UsedA => _countsA.Count(count => count > 0);

    public int UsedB => _countsB.Count(count => count > 0);

    /// <summary>Whether both have the same tokens under the same ids.</summary>
    public bool SameIds { get; }

    /// <summary>Counts tokens of the corpus.</summary>
    public void Count(ReadOnlySpan<int> idsA, ReadOnlySpan<int> idsB)
    {
        foreach (int id in idsA)
            _countsA[id]++;
        foreach (int id in idsB)
            _countsB[id]++;
    }

    /// <summary>What the two have in common, and the most frequent tokens that they do not.</summary>
    /// <param name="most">How many of each to name.</param>
    public VocabularyComparison Compare(int most)
    {
        int shared = _bytesA.Count(_bytesB.Contains);
        return new VocabularyComparison(
            shared, _bytesA.Count - shared, _bytesB.Count - shared, SameIds,
            SharedUse(_a, _countsA, _bytesB), SharedUse(_b, _countsB, _bytesA),
            Frequent(_a, _countsA, _bytesB, most), Frequent(_b, _countsB, _bytesA, most));
    }

    private static double SharedUse(IReadOnlyList<TokenDescription> tokens, long[] counts, HashSet<ReadOnlyMemory<byte>> others)
    {
        long all = counts.Sum(), shared = tokens.Where(token => others.Contains(token.Bytes)).Sum(token => counts[token.Id]);
        return all == 0 ? double.NaN : (double)shared / all;
    }

    private static List<CountedToken> Frequent(IReadOnlyList<TokenDescription> tokens, long[] counts, HashSet<ReadOnlyMemory<byte>> others, int most) =>
    [
        .. tokens.Where(token => counts[token.Id] > 0 && !others.Contains(token.Bytes))
            .OrderByDescending(token => counts[token.Id]).ThenBy(token => token.Id).Take(most)
            .Select(token => new CountedToken(token.Id, token.Token, token.Text, counts[token.Id])),
    ];

    private static HashSet<ReadOnlyMemory<byte>> Distinct(IReadOnlyList<TokenDescription> tokens) =>
        new(tokens.Select(token => token.Bytes), ByContent.Instance);

    private sealed class ByContent : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static ByContent Instance { get; } = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> bytes)
        {
            HashCode hash = new();
            hash.AddBytes(bytes.Span);
            return hash.ToHashCode();
        }
    }
}
