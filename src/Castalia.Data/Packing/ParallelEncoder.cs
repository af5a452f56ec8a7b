using System.Text;
using Castalia.Text;

namespace Castalia.Data;

/// <summary>Encodes documents in batches on several threads and gives the batches back in the order they were read.</summary>
internal sealed class ParallelEncoder(Tokenizer tokenizer, int? endOfDocument, int threads)
{
    // Large enough that handing over costs nothing, small enough that the last batches keep all threads busy.
    private const int BatchCharacters = 1 << 18;

    public IEnumerable<EncodedBatch> Encode(IEnumerable<Document> documents, CancellationToken cancellationToken) =>
        new OrderedWork(threads).Select(Batches(documents), EncodeBatch, null, cancellationToken);

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
