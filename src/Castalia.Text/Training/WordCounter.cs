using System.Collections.Concurrent;
using Castalia.Text.Normalization;
using Castalia.Text.PreTokenization;
using Castalia.Text.Unicode;

namespace Castalia.Text.Training;

/// <summary>Counts the words of texts on several threads. Sums do not depend on who counted what.</summary>
internal static class WordCounter
{
    private const int BatchCharacters = 1 << 19;

    /// <summary>Counts the words of all texts.</summary>
    public static WordCounts Count(
        IEnumerable<string> texts, BpeTrainerOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        WordCounts total = new();
        long done = 0;
        ParallelOptions parallel = new()
        {
            MaxDegreeOfParallelism = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
            CancellationToken = cancellation,
        };
        try
        {
            Parallel.ForEach(
                Partitioner.Create(Batches(texts), EnumerablePartitionerOptions.NoBuffering),
                parallel,
                () => new Worker(options),
                (batch, state, worker) =>
                {
                    foreach (string text in batch)
                        worker.Count(text);
                    progress?.Report(new WorkProgress("count words", Interlocked.Add(ref done, batch.Count), null, "texts"));
                    return worker;
                },
                worker =>
                {
                    lock (total)
                        total.Add(worker.Counts);
                });
        }
        catch (AggregateException error) when (error.InnerExceptions.Count > 0)
        {
            // What reading the texts threw is what the caller wants to hear.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }
        return total;
    }

    private static IEnumerable<List<string>> Batches(IEnumerable<string> texts)
    {
        List<string> batch = [];
        int size = 0;
        foreach (string text in texts)
        {
            batch.Add(text);
            size += text.Length;
            if (size < BatchCharacters)
                continue;
            yield return batch;
            (batch, size) = ([], 0);
        }
        if (batch.Count > 0)
            yield return batch;
    }

    private sealed class Worker(BpeTrainerOptions options)
    {
        private readonly WordScanner _scanner = options.Pattern == WordPattern.Gpt2 ? new Gpt2Scanner() : new Cl100kScanner(3);
        private readonly Normalizer? _normalizer = options.Nfc ? UnicodeFormNormalizer.Nfc() : null;
        private readonly ByteBuffer _text = new();
        private readonly NormalizedText _normalized = new();

        public WordCounts Counts { get; } = new();

        public void Count(string text)
        {
            _text.Clear();
            _text.Add(text);
            ReadOnlySpan<byte> bytes = _text.Bytes;
            if (_normalizer is not null && !_normalizer.LeavesAsIs(bytes))
            {
                _normalized.Clear(tracked: false);
                _normalized.Append(bytes, 0);
                _normalizer.Normalize(_normalized);
                bytes = _normalized.Bytes;
            }
            for (int start = 0; start < bytes.Length;)
            {
                int end = _scanner.NextEnd(bytes, start);
                Counts.Add(bytes[start..end], 1);
                start = end;
            }
        }
    }
}
