using Castalia.Formats;

namespace Castalia.Text.Training;

/// <summary>
/// Counts that were too many for memory: sorted runs in temporary files, read as one by merging. A word's counts in several runs are
/// added up, so nothing is approximate.
/// </summary>
/// <param name="folder">Where the files go; they vanish on disposal.</param>
internal sealed class WordRuns(string folder) : CountedWords
{
    /// <summary>How many files are merged at a time: what a process may have open, and buffers, are bounded.</summary>
    private const int MostRuns = 64;

    private readonly List<SpoolFile> _runs = [];

    /// <summary>How many runs there are.</summary>
    public int Count
    {
        get
        {
            lock (_runs)
                return _runs.Count;
        }
    }

    /// <summary>Writes a table's counts as one more run. May be called from several threads.</summary>
    public void Add(WordCounts counts)
    {
        SpoolFile run = Write(counts.ForEachInOrder);
        lock (_runs)
        {
            _runs.Add(run);
            if (_runs.Count < MostRuns)
                return;
            SpoolFile merged = Write(ForEachInOrder);
            Dispose();
            _runs.Add(merged);
        }
    }

    public override void ForEach(WordVisitor visit) => ForEachInOrder(visit);

    public override void ForEachInOrder(WordVisitor visit)
    {
        WordRunReader[] readers = [.. _runs.Select(run => new WordRunReader(run.Rewind()))];
        PriorityQueue<WordRunReader, WordRunReader> heads = new(Comparer<WordRunReader>.Create((x, y) => x.Word.SequenceCompareTo(y.Word)));
        foreach (WordRunReader reader in readers)
        {
            if (reader.Next())
                heads.Enqueue(reader, reader);
        }
        byte[] word = [];
        int length = 0;
        long times = 0;
        while (heads.TryDequeue(out WordRunReader? first, out _))
        {
            if (times > 0 && !first.Word.SequenceEqual(word.AsSpan(0, length)))
            {
                visit(word.AsSpan(0, length), times);
                times = 0;
            }
            if (times == 0)
            {
                length = first.Word.Length;
                if (word.Length < length)
                    word = new byte[Math.Max(length, word.Length * 2L > Array.MaxLength ? length : word.Length * 2)];
                first.Word.CopyTo(word);
            }
            times += first.Times;
            if (first.Next())
                heads.Enqueue(first, first);
        }
        if (times > 0)
            visit(word.AsSpan(0, length), times);
    }

    public override void Dispose()
    {
        foreach (SpoolFile run in _runs)
            run.Dispose();
        _runs.Clear();
    }

    private SpoolFile Write(Action<WordVisitor> forEachInOrder)
    {
        SpoolFile run = SpoolFile.Create(Path.Combine(folder, "word-counts"));
        try
        {
            Stream stream = run.Stream;
            forEachInOrder((word, times) =>
            {
                Span<byte> head = stackalloc byte[2 * WordRunReader.LongestNumber];
                int used = WordRunReader.WriteNumber(head, (ulong)word.Length);
                used += WordRunReader.WriteNumber(head[used..], (ulong)times);
                stream.Write(head[..used]);
                stream.Write(word);
            });
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }
}
