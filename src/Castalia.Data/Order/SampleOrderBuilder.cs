using System.Numerics;
using Castalia.Formats;

namespace Castalia.Data;

/// <summary>
/// Writes the three index files of a sample order, equal to GPT-NeoX's: which documents in which order, where each sample begins in them, and
/// the order of the samples. Arrays that are shuffled live in mapped scratch files, the others are streamed, so memory does not grow with
/// the dataset.
/// </summary>
internal sealed unsafe class SampleOrderBuilder(
    SampleOrderPlan plan, SampleOrderOptions options, string indexPrefix, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
{
    private const int PieceLength = 1 << 16;

    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(indexPrefix))!;

    // One generator for both shuffles: the second goes on where the first stopped.
    private readonly NumpyRandomState _random = new(options.Seed);

    /// <summary>Builds and writes all three.</summary>
    /// <param name="lengths">Tokens of each document.</param>
    public void Build(ScratchArray<int> lengths)
    {
        Directory.CreateDirectory(_folder);
        using (var documents = new ScratchArray<int>(_folder, plan.DocumentEntries))
        {
            ShuffleDocuments(documents);
            Save(documents, indexPrefix + SampleOrder.DocumentEnding);
            if (plan.WideSamples)
                WriteSamples<long>(lengths, documents);
            else
                WriteSamples<int>(lengths, documents);
        }
        if (plan.WideShuffle)
            WriteShuffle<long>();
        else
            WriteShuffle<uint>();
    }

    // Every epoch's documents one after the other, shuffled as one array: epochs mix.
    private void ShuffleDocuments(ScratchArray<int> documents)
    {
        int* item = documents.Items;
        for (int epoch = 0; epoch < plan.Epochs; epoch++)
        {
            for (int document = 0; document < plan.Documents; document++)
                *item++ = document;
        }
        _random.Shuffle(documents.Items, documents.Count, done => Report("shuffle documents", done, documents.Count, "documents"), cancellationToken);
    }

    // Walks the documents in their order and notes where each sample begins: the position in the document index and the token in that document.
    // A sample reads one token more than its length, and the next begins at that token.
    private void WriteSamples<T>(ScratchArray<int> lengths, ScratchArray<int> documents)
        where T : unmanaged, INumberBase<T>
    {
        using var writer = NpyWriter<T>.Create(indexPrefix + SampleOrder.SampleEnding, plan.Samples + 1, 2);
        T[] piece = new T[PieceLength * 2];
        int filled = 0;
        long position = 0;
        long offset = 0;
        for (long sample = 0; ; sample++)
        {
            piece[filled++] = T.CreateTruncating(position);
            piece[filled++] = T.CreateTruncating(offset);
            bool last = sample == plan.Samples;
            if (filled == piece.Length || last)
            {
                writer.Write(piece.AsSpan(0, filled));
                filled = 0;
                cancellationToken.ThrowIfCancellationRequested();
                Report("cut samples", sample, plan.Samples, "samples");
            }
            if (last)
                break;
            offset += options.SequenceLength;
            while (offset >= lengths.Items[documents.Items[position]])
                offset -= lengths.Items[documents.Items[position++]];
        }
        writer.Commit();
    }

    private void WriteShuffle<T>()
        where T : unmanaged, INumberBase<T>
    {
        using var samples = new ScratchArray<T>(_folder, plan.Samples);
        for (long sample = 0; sample < plan.Samples; sample++)
            samples.Items[sample] = T.CreateTruncating(sample);
        _random.Shuffle(samples.Items, samples.Count, done => Report("shuffle samples", done, samples.Count, "samples"), cancellationToken);
        Save(samples, indexPrefix + SampleOrder.ShuffleEnding);
    }

    private void Save<T>(ScratchArray<T> array, string path)
        where T : unmanaged
    {
        using var writer = NpyWriter<T>.Create(path, array.Count);
        for (long start = 0; start < array.Count; start += PieceLength)
        {
            cancellationToken.ThrowIfCancellationRequested();
            writer.Write(new ReadOnlySpan<T>(array.Items + start, (int)Math.Min(PieceLength, array.Count - start)));
        }
        writer.Commit();
    }

    private void Report(string work, long done, long total, string unit) => progress?.Report(new WorkProgress(work, done, total, unit));
}
