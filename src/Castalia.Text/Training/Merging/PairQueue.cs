using System.Runtime.CompilerServices;

namespace Castalia.Text.Training;

/// <summary>A pair that may be merged: how often it occurred when it was put in the queue, and the words to look in.</summary>
internal readonly record struct Candidate(ulong Pair, long Count, WordSet Words)
{
    /// <summary>Whether it is merged before another: it occurs more often, or as often and its ids are smaller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsBefore(in Candidate other) => Count != other.Count ? Count > other.Count : Pair < other.Pair;
}

/// <summary>The candidates, the next to be merged first: a heap with four children a node.</summary>
internal sealed class PairQueue
{
    private Candidate[] _heap = new Candidate[1 << 12];

    public int Count { get; private set; }

    /// <summary>The first candidate.</summary>
    public Candidate First => _heap[0];

    public void Put(in Candidate candidate)
    {
        if (Count == _heap.Length)
            Array.Resize(ref _heap, checked(_heap.Length / 2 * 3));
        int at = Count++;
        for (; at > 0; at = (at - 1) >> 2)
        {
            ref Candidate parent = ref _heap[(at - 1) >> 2];
            if (!candidate.IsBefore(parent))
                break;
            _heap[at] = parent;
        }
        _heap[at] = candidate;
    }

    /// <summary>Takes the first candidate out.</summary>
    public void RemoveFirst()
    {
        Candidate last = _heap[--Count];
        if (Count > 0)
            Sink(last);
    }

    /// <summary>Puts another candidate in the place of the first.</summary>
    public void ReplaceFirst(in Candidate candidate) => Sink(candidate);

    private void Sink(Candidate candidate)
    {
        Span<Candidate> heap = _heap.AsSpan(0, Count);
        int at = 0;
        while (true)
        {
            int child = 4 * at + 1, best = child;
            if (child >= heap.Length)
                break;
            int end = Math.Min(child + 4, heap.Length);
            for (int i = child + 1; i < end; i++)
            {
                if (heap[i].IsBefore(heap[best]))
                    best = i;
            }
            if (!heap[best].IsBefore(candidate))
                break;
            heap[at] = heap[best];
            at = best;
        }
        heap[at] = candidate;
    }
}
