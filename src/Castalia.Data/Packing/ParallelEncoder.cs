using System.Text;
using Castalia.Text;

namespace Castalia.Data;

/// <summary>Encodes documents in batches on several threads and gives the batches back in the order they were read.</summary>
internal sealed class ParallelEncoder(Tokenizer tokenizer, int? endOfDocument, int threads)
{
    // Large enough that handing over costs nothing, small enough that the last batches keep all threads busy.
    private const int BatchCharacters = 1 << 18;

    public IEnumerable<EncodedBatch> Encode(IEnumerable<Document> documents, CancellationToken cancellationToken)
    {
        var workers = new TaskFactory(
            cancellationToken, TaskCreationOptions.None, TaskContinuationOptions.None,
            new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler);
        // Two batches a thread: while one is encoded the next is read, and memory stays bounded.
        var running = new Queue<Task<EncodedBatch>>();
        try
        {
            foreach (List<Document> batch in Batches(documents))
            {
                running.Enqueue(workers.StartNew(() => EncodeBatch(batch)));
                if (running.Count >= 2 * threads)
                    yield return running.Dequeue().GetAwaiter().GetResult();
            }
            while (running.Count > 0)
                yield return running.Dequeue().GetAwaiter().GetResult();
        }
        finally
        {
            // Left early: the batches under way are waited for, so that nothing works on behind the caller's back.
            ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        }
    }

    private static IEnumerable<List<Document>> Batches(IEnumerable<Document> documents)
    {
        var batch = new List<Document>();
        int characters = 0;
        foreach (Document document in documents)
        {
            batch.Add(document);
            characters += Math.Min(document.Text.Length, BatchCharacters) + 1;
            if (characters >= BatchCharacters)
            {
                yield return batch;
                batch = [];
                characters = 0;
            }
        }
        if (batch.Count > 0)
            yield return batch;
    }

    private EncodedBatch EncodeBatch(List<Document> documents)
    {
        var tokens = new List<int>();
        var batch = new EncodedBatch(tokens);
        foreach (Document document in documents)
        {
            if (document.Text.Length > 0)
                tokenizer.Encode(document.Text, tokens);
            if (endOfDocument is int end)
                tokens.Add(end);
            batch.End(document.Source, Encoding.UTF8.GetByteCount(document.Text));
        }
        return batch;
    }
}
