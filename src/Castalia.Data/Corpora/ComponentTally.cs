namespace Castalia.Data;

/// <summary>Counts what becomes of a component's documents while a corpus is built.</summary>
internal sealed class ComponentTally
{
    private readonly TextAmount[] _splits = new TextAmount[CorpusSplits.All.Count];
    private TextAmount _read;
    private TextAmount _duplicates;
    private TextAmount _effective;
    private long _empty;

    public long EffectiveBytes => _effective.Bytes;

    public void Empty()
    {
        _read += new TextAmount(1, 0);
        _empty++;
    }

    public void Duplicate(long bytes)
    {
        _read += new TextAmount(1, bytes);
        _duplicates += new TextAmount(1, bytes);
    }

    public void Kept(CorpusSplit split, long bytes, int trainingCopies)
    {
        _read += new TextAmount(1, bytes);
        _splits[(int)split] += new TextAmount(1, bytes);
        _effective += new TextAmount(trainingCopies, trainingCopies * bytes);
    }

    public void Add(ComponentTally other)
    {
        _read += other._read;
        _duplicates += other._duplicates;
        _effective += other._effective;
        _empty += other._empty;
        for (int i = 0; i < _splits.Length; i++)
            _splits[i] += other._splits[i];
    }

    /// <summary>The tally as a report.</summary>
    /// <param name="name">The component's name.</param>
    /// <param name="epochs">Its epochs; null takes what came out on average.</param>
    /// <param name="trainingBytes">Bytes of all components' training documents, repeats included.</param>
    public ComponentReport Report(string name, double? epochs, long trainingBytes)
    {
        TextAmount train = _splits[(int)CorpusSplit.Train];
        return new ComponentReport
        {
            Name = name,
            Read = _read,
            EmptyDocuments = _empty,
            DuplicatesRemoved = _duplicates,
            Train = train,
            Validation = _splits[(int)CorpusSplit.Validation],
            Test = _splits[(int)CorpusSplit.Test],
            Epochs = epochs ?? (train.Bytes == 0 ? 0 : (double)_effective.Bytes / train.Bytes),
            Effective = _effective,
            Share = trainingBytes == 0 ? 0 : (double)_effective.Bytes / trainingBytes,
        };
    }
}
