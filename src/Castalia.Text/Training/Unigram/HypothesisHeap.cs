namespace Castalia.Text.Training.Unigram;

/// <summary>The last part of a way to cut a sentence: a node and what comes behind it.</summary>
/// <param name="Node">The node, <see cref="End"/> or <see cref="Beginning"/>.</param>
/// <param name="Next">What comes behind.</param>
/// <param name="Score">The score of the best whole way that ends so.</param>
/// <param name="Cost">The score of what there is so far.</param>
internal sealed record Hypothesis(int Node, Hypothesis? Next, double Score, double Cost)
{
    /// <summary>The end of the sentence, behind all nodes.</summary>
    public const int End = -1;

    /// <summary>Its beginning, before all nodes.</summary>
    public const int Beginning = -2;
}

/// <summary>
/// Hypotheses, the best first: a binary heap that puts equally good ones in the order in which Rust's <c>BinaryHeap</c> does with HF's
/// comparison, for which of two equal ones each is the greater.
/// </summary>
internal sealed class HypothesisHeap
{
    private const int Most = 100_000, KeptOfTooMany = 20;

    private readonly List<Hypothesis> _heap = [];

    public int Count => _heap.Count;

    public void Push(Hypothesis hypothesis)
    {
        _heap.Add(hypothesis);
        Rise(_heap.Count - 1);
    }

    /// <summary>Takes out the best: the last takes its place, goes down to the bottom along the better children, and rises again.</summary>
    public Hypothesis Pop()
    {
        Hypothesis best = _heap[0], last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        if (_heap.Count == 0)
            return best;
        int at = 0;
        for (int child = 1; child < _heap.Count; child = 2 * at + 1)
        {
            if (child + 1 < _heap.Count && _heap[child].Score < _heap[child + 1].Score)
                child++;
            _heap[at] = _heap[child];
            at = child;
        }
        _heap[at] = last;
        Rise(at);
        return best;
    }

    /// <summary>Keeps only the best few where there are very many.</summary>
    public void Shrink()
    {
        if (Count <= Most)
            return;
        Hypothesis[] best = [.. Enumerable.Range(0, KeptOfTooMany).Select(_ => Pop())];
        _heap.Clear();
        foreach (Hypothesis hypothesis in best)
            Push(hypothesis);
    }

    private void Rise(int at)
    {
        Hypothesis rising = _heap[at];
        for (; at > 0 && !(rising.Score < _heap[(at - 1) / 2].Score); at = (at - 1) / 2)
            _heap[at] = _heap[(at - 1) / 2];
        _heap[at] = rising;
    }
}
