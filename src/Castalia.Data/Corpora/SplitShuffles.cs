namespace Castalia.Data;

/// <summary>The shuffles of the three splits, and the writing of their files.</summary>
internal sealed class SplitShuffles : IDisposable
{
    private const int ReportEvery = 1000;

    private readonly BucketShuffle[] _shuffles;

    public SplitShuffles(string scratchFolder, long expectedBytes, CorpusOptions options)
    {
        _shuffles = [.. CorpusSplits.All.Select(split => new BucketShuffle(
            Path.Combine(scratchFolder, split.FileName()),
            split switch
            {
                CorpusSplit.Validation => (long)(expectedBytes * options.ValidationShare),
                CorpusSplit.Test => (long)(expectedBytes * options.TestShare),
                _ => expectedBytes,
            }))];
    }

    public void Add(CorpusSplit split, ulong place, ReadOnlySpan<byte> line) => _shuffles[(int)split].Add(place, line);

    public void Write(string outputFolder, ComponentReport total, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        long all = total.Effective.Documents + total.Validation.Documents + total.Test.Documents;
        long done = 0;
        foreach (CorpusSplit split in CorpusSplits.All)
            DocumentWriter.WriteLines(split.DocumentFile(outputFolder), Reported(split), cancellationToken);

        IEnumerable<ReadOnlyMemory<byte>> Reported(CorpusSplit split)
        {
            foreach (ReadOnlyMemory<byte> line in _shuffles[(int)split].Drain(cancellationToken))
            {
                if (done++ % ReportEvery == 0)
                    progress?.Report(new WorkProgress("write corpus", done - 1, all, "documents", split.FileName()));
                yield return line;
            }
            if (done == all)
                progress?.Report(new WorkProgress("write corpus", all, all, "documents"));
        }
    }

    public void Dispose()
    {
        foreach (BucketShuffle shuffle in _shuffles)
            shuffle.Dispose();
    }
}
