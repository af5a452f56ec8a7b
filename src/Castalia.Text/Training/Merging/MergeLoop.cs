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
    private readonly TrainerOptions _options;
    private readonly SymbolWords _words;
    private readonly PairTable _pairs = new();
    private readonly WordSets _sets = new();
    private readonly PairQueue _queue = new();
    private readonly MergeChanges _changes;
    private readonly int _tooLong;

    public MergeLoop(SymbolWords words, TrainingVocabulary vocabulary, TrainerOptions options)
    {
        (_words, _vocabulary, _options) = (words, vocabulary, options);
        _changes = new MergeChanges(_pairs, _sets, _queue);
        _tooLong = options.MaxTokenLength ?? int.MaxValue;
    }

    /// <summary>Runs to the end; returns the merges in order.</summary>
    public List<(int Left, int Right)> Run(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        CountPairs();
        List<(int Left, int Right)> merges = [];
        while (_vocabulary.Size < _options.VocabularySize && _queue.Count > 0)
        {
            Candidate first = _queue.First;
            long count = _pairs.CountOf(first.Pair);
            if (count != first.Count && count > 0)
            {
                _queue.ReplaceFirst(first with { Count = count });
                continue;
            }
            _queue.RemoveFirst();
            if (count <= 0)
                continue;
            if (count < _options.MinFrequency)
                break;
            (int left, int right) = ((int)(first.Pair >> 32), (int)(uint)first.Pair);
            int joined = _vocabulary.Join(left, right);
            merges.Add((left, right));
            _changes.Begin(left, right, joined);
            foreach (int word in _sets[first.Words])
                Merge(word, left, right, joined);
            _changes.End();
            if (merges.Count % ProgressEvery == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(new WorkProgress("merge pairs", _vocabulary.Size, _options.VocabularySize, "tokens"));
            }
        }
        progress?.Report(new WorkProgress("merge pairs", _vocabulary.Size, _vocabulary.Size, "tokens"));
        return merges;
    }

    /// <summary>Counts the pairs of all words, then the words of each pair, then writes those down.</summary>
    private void CountPairs()
    {
        for (int word = 0; word < _words.Count; word++)
        {
            Span<int> symbols = _words[word];
            long times = _words.TimesOf(word);
            for (int i = 0; i + 1 < symbols.Length; i++)
                _pairs.Change(PairTable.Key(symbols[i], symbols[i + 1]), times);
        }
        int[] wordsOf = new int[_pairs.Places], lastWord = new int[_pairs.Places];
        WordSet[] setOf = new WordSet[_pairs.Places];
        Array.Fill(lastWord, -1);
        ForEachPlace(place => wordsOf[place]++);
        for (int place = 0; place < _pairs.Places; place++)
        {
            if (!_pairs.At(place, out ulong pair, out long count))
                continue;
            setOf[place] = _sets.Take(wordsOf[place]);
            _queue.Put(new Candidate(pair, count, setOf[place]));
        }
        Array.Fill(lastWord, -1);
        ForEachPlace(place => _sets[setOf[place]][--wordsOf[place]] = lastWord[place]);

        void ForEachPlace(Action<int> visit)
        {
            for (int word = 0; word < _words.Count; word++)
            {
                Span<int> symbols = _words[word];
                for (int i = 0; i + 1 < symbols.Length; i++)
                {
                    int place = _pairs.PlaceOf(PairTable.Key(symbols[i], symbols[i + 1]));
                    if (lastWord[place] == word)
                        continue;
                    lastWord[place] = word;
                    visit(place);
                }
            }
        }
    }

    /// <summary>Merges a pair in one word, from left to right without overlap.</summary>
    private void Merge(int word, int left, int right, int joined)
    {
        Span<int> symbols = _words[word];
        int kept = 0;
        for (int i = 0; i < symbols.Length; i++)
        {
            if (symbols[i] != left || i + 1 >= symbols.Length || symbols[i + 1] != right)
            {
                symbols[kept++] = symbols[i];
                continue;
            }
            long times = _words.TimesOf(word);
            int length = _vocabulary.LengthOf(joined);
            if (kept > 0)
            {
                int before = symbols[kept - 1];
                _changes.LoseBefore(before, times);
                if (_vocabulary.LengthOf(before) + length < _tooLong)
                    _changes.GainBefore(before, times, word);
            }
            if (i + 2 < symbols.Length)
            {
                int after = symbols[i + 2];
                _changes.LoseAfter(after, times);
                if (_vocabulary.LengthOf(after) + length < _tooLong)
                    _changes.GainAfter(after, times, word);
            }
            symbols[kept++] = joined;
            i++;
        }
        _words.Shorten(word, kept);
    }
}
