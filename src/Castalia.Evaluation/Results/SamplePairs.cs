namespace Castalia.Evaluation;

/// <summary>The samples of two runs of one task, paired by document and filter.</summary>
internal sealed class SamplePairs
{
    /// <summary>The pairs in the first file's order.</summary>
    public List<(RecordedSample A, RecordedSample B)> All { get; } = [];

    /// <summary>Samples that have no partner: the document is not in the other file, or its hash is another.</summary>
    public int OtherDocuments { get; private set; }

    public static SamplePairs Read(string fileA, string fileB, bool texts = false)
    {
        Dictionary<(long, string), RecordedSample> second = Index(fileB, texts);
        var pairs = new SamplePairs();
        foreach (RecordedSample a in Index(fileA, texts).Values)
        {
            if (second.Remove((a.Id, a.Filter), out RecordedSample? b) && (a.Hash is null || b.Hash is null || a.Hash == b.Hash))
                pairs.All.Add((a, b));
            else
                pairs.OtherDocuments++;
        }
        pairs.OtherDocuments += second.Count;
        return pairs;
    }

    public List<(double, double)> Values(string metric, string filter) =>
        [.. All.Where(pair => pair.A.Filter == filter && pair.A.Metrics.ContainsKey(metric) && pair.B.Metrics.ContainsKey(metric))
            .Select(pair => (pair.A.Metrics[metric], pair.B.Metrics[metric]))];

    private static Dictionary<(long, string), RecordedSample> Index(string file, bool texts)
    {
        var samples = new Dictionary<(long, string), RecordedSample>();
        foreach (RecordedSample sample in RecordedSample.Read(file, texts))
        {
            if (!samples.TryAdd((sample.Id, sample.Filter), sample))
                throw new InputException(file, $"doc_id {sample.Id}", $"each document is expected once with filter '{sample.Filter}', and this one is there again.", "Name the file of one run.");
        }
        return samples;
    }
}
