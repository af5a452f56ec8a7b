namespace Castalia.Text.Training;

/// <summary>
/// Merges the most frequent pair until there are enough tokens. A queue holds for each pair its count when it was put there and the words
/// to look in; an entry whose count has since changed goes back with the present one. Where a merge makes a token that exists already, a
/// pair can get a second entry with only its new words, and then be merged twice: so does HF.
/// </summary>
internal sealed class MergeLoop
{
    private const int ProgressEvery = 512;

    private readonly TrainingVocabulary _vocabulary;
    private readonly BpeTrainerOptions _options;
    private readonly PairTable _pairs = new();
    private readonly int[] _symbols, _starts, _lengths;
    private readonly long[] _times;
    private readonly PriorityQueue<Candidate, Candidate> _queue = new(new MostFrequentFirst());

    public MergeLoop(WordCounts counts, TrainingVocabulary vocabulary, BpeTrainerOptions options)
    {
        _vocabulary = vocabulary;
        _options = options;
        List<int> symbols = [];
        _starts = new int[counts.Count];
        _lengths = new int[counts.Count];
        _times = new long[counts.Count];
        int word = 0;
        foreach ((ReadOnlyMemory<byte> bytes, long times) in counts.InOrder())
        {
            (_starts[word], _lengths[word], _times[word]) = (symbols.Count, bytes.Length, times);
            foreach (byte value in bytes.Span)
                symbols.Add(vocabulary.SymbolOf[value]);
            word++;
        }
        _symbols = [.. symbols];
    }

    /// <summary>Runs to the end; returns the merges in order.</summary>
    public List<(int Left, int Right)> Run(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        CountPairs();
        Enqueue();
        List<(int Left, int Right)> merges = [];
        while (_vocabulary.Size < _options.VocabularySize && _queue.TryDequeue(out Candidate top, out _))
        {
            long count = _pairs.CountOf(top.Pair);
            if (count != top.Count)
            {
                if (count > 0)
                    Put(top with { Count = count });
                continue;
            }
            if (count < _options.MinFrequency)
                break;
            (int left, int right) = ((int)(top.Pair >> 32), (int)(uint)top.Pair);
            int joined = _vocabulary.Join(left, right);
            merges.Add((left, right));
            int words = top.Words;
            while (_pairs.TakeWord(ref words, out int word))
                Merge(word, left, right, joined);
            Enqueue();
            if (merges.Count % ProgressEvery == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(new WorkProgress("merge pairs", _vocabulary.Size, _options.VocabularySize, "tokens"));
            }
        }
        progress?.Report(new WorkProgress("merge pairs", _vocabulary.Size, _vocabulary.Size, "tokens"));
        return merges;
    }

    private void CountPairs()
    {
        for (int word = 0; word < _starts.Length; word++)
        {
            Span<int> symbols = _symbols.AsSpan(_starts[word], _lengths[word]);
            for (int i = 0; i + 1 < symbols.Length; i++)
                _pairs.Gain(PairTable.Key(symbols[i], symbols[i + 1]), _times[word], word);
        }
    }

    private void Enqueue() => _pairs.TakeGained((pair, count, words) =>
    {
        if (count > 0)
            Put(new Candidate(pair, count, words));
    });

    private void Put(Candidate candidate) => _queue.Enqueue(candidate, candidate);

    /// <summary>Merges a pair in one word, from left to right without overlap, and keeps the counts right.</summary>
    private void Merge(int word, int left, int right, int joined)
    {
        Span<int> symbols = _symbols.AsSpan(_starts[word], _lengths[word]);
        long times = _times[word];
        int limit = _options.MaxTokenLength ?? int.MaxValue, length = _vocabulary.LengthOf(joined), kept = 0;
        for (int i = 0; i < symbols.Length; i++)
        {
            if (symbols[i] != left || i + 1 >= symbols.Length || symbols[i + 1] != right)
            {
                symbols[kept++] = symbols[i];
                continue;
            }
            if (kept > 0)
            {
                int before = symbols[kept - 1];
                _pairs.Lose(PairTable.Key(before, left), times);
                if (_vocabulary.LengthOf(before) + length < limit)
                    _pairs.Gain(PairTable.Key(before, joined), times, word);
            }
            if (i + 2 < symbols.Length)
            {
                int after = symbols[i + 2];
                _pairs.Lose(PairTable.Key(right, after), times);
                if (_vocabulary.LengthOf(after) + length < limit)
                    _pairs.Gain(PairTable.Key(joined, after), times, word);
            }
            symbols[kept++] = joined;
            i++;
        }
        _lengths[word] = kept;
    }

    private readonly record struct Candidate(ulong Pair, long Count, int Words);

    private sealed class MostFrequentFirst : IComparer<Candidate>
    {
        public int Compare(Candidate x, Candidate y) => x.Count != y.Count ? y.Count.CompareTo(x.Count) : x.Pair.CompareTo(y.Pair);
    }
}
