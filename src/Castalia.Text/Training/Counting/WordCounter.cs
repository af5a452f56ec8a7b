using System.Collections.Concurrent;

namespace Castalia.Text.Training;

/// <summary>Counts the words of texts on several threads, with as much memory as the options allow. Sums do not depend on who counted what.</summary>
internal static class WordCounter
{
    private const int BatchCharacters = 1 << 19;

    /// <summary>Counts the words of all texts.</summary>
    /// <param name="texts">The texts, read once.</param>
    /// <param name="parts">How text is normalized and cut.</param>
    /// <param name="options">Threads and memory.</param>
    /// <param name="progress">Told of texts counted.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static CountedWords Count(
        IEnumerable<string> texts, TrainingParts parts, TrainerOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        int threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        // Half is for the tables of the threads, half for the table that they are put together in.
        long budget = options.CountMemory / 2 / threads;
        WordRuns runs = new(options.TemporaryFolder ?? Path.GetTempPath());
        ConcurrentBag<Worker> workers = [];
        long done = 0;
        try
        {
            Parallel.ForEach(
                Partitioner.Create(Batches(texts), EnumerablePartitionerOptions.NoBuffering),
                parallel,
                () => workers.TryTake(out Worker? worker) ? worker : new Worker(parts, budget, runs),
                (batch, state, worker) =>
                {
                    foreach (string text in batch)
                        worker.Count(text);
                    progress?.Report(new WorkProgress("count words", Interlocked.Add(ref done, batch.Count), null, "texts"));
                    return worker;
                },
                workers.Add);
            return PutTogether(workers, runs);
        }
        catch (AggregateException error) when (error.InnerExceptions.Count > 0)
        {
            runs.Dispose();
            // What reading the texts threw is what the caller wants to hear.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
            throw;
        }
        catch
        {
            runs.Dispose();
            throw;
        }
    }

    private static CountedWords PutTogether(IReadOnlyCollection<Worker> workers, WordRuns runs)
    {
        WordCounts total = new();
        foreach (WordCounts counts in workers.Select(worker => worker.Counts))
        {
            if (runs.Count > 0)
                runs.Add(counts);
            else
                total.Add(counts);
            counts.Dispose();
        }
        return runs.Count > 0 ? runs : total;
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

    private sealed class Worker
    {
        private readonly WordCutter _cutter;
        private readonly Action<ReadOnlySpan<byte>> _add;

        public Worker(TrainingParts parts, long budget, WordRuns runs)
        {
            _cutter = new WordCutter(parts);
            Counts = new WordCounts(budget);
            _add = word =>
            {
                if (Counts.Add(word, 1))
                    return;
                runs.Add(Counts);
                Counts.Clear();
                Counts.Add(word, 1);
            };
        }

        public WordCounts Counts { get; }

        public void Count(string text) => _cutter.Cut(text, _add);
    }
}
