namespace Castalia.Models.Sampling;

/// <summary>Arrays of the vocabulary's length that choosing a token needs, taken once and used for every token.</summary>
internal sealed class SamplingRoom
{
    private float[] _scores = [];
    private int[] _order = [];
    private double[] _weights = [];
    private double[] _sums = [];
    private double[] _distances = [];
    private ulong[] _keys = [];
    private float[] _heap = [];

    /// <summary>Room for logits that are changed.</summary>
    public Span<float> Scores(int length) => Of(ref _scores, length);

    /// <summary>Room for tokens in an order.</summary>
    public Span<int> Order(int length) => Of(ref _order, length);

    /// <summary>Room for what tokens are ordered by.</summary>
    public Span<double> Distances(int length) => Of(ref _distances, length);

    /// <summary>The softmax up to a factor: each token's probability over that of the likeliest one. Good until it is asked for again.</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="total">The sum of the weights: a token's probability is its weight over this.</param>
    /// <param name="highest">The highest logit.</param>
    public ReadOnlySpan<double> Weights(ReadOnlySpan<float> logits, out double total, out double highest)
    {
        float most = LogitsScan.Highest(logits);
        Span<double> weights = Of(ref _weights, logits.Length);
        total = LogitsScan.Weigh(logits, most, weights);
        highest = most;
        return weights;
    }

    /// <summary>Room for sums over ranges of logits, all zero.</summary>
    public Span<double> Sums(int length)
    {
        Span<double> sums = Of(ref _sums, length);
        sums.Clear();
        return sums;
    }

    /// <summary>Orders tokens by their logits, the lowest first, of equal ones the lower id first.</summary>
    public void SortAscending(Span<int> tokens, ReadOnlySpan<float> logits)
    {
        // A key is the logit's bits made to compare as whole numbers do, then the id: no two are equal, so any sorting gives one order.
        Span<ulong> keys = Of(ref _keys, tokens.Length);
        for (int i = 0; i < tokens.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(logits[tokens[i]] + 0f); // −0 counts as 0
            keys[i] = (ulong)(bits ^ (bits >> 31 == 1 ? 0xFFFFFFFF : 0x80000000)) << 32 | (uint)tokens[i];
        }
        keys.Sort();
        for (int i = 0; i < tokens.Length; i++)
            tokens[i] = (int)(uint)keys[i];
    }

    /// <summary>The k-th highest of logits, k from 1; −∞ where fewer are numbers.</summary>
    public float Highest(ReadOnlySpan<float> logits, int k)
    {
        // A heap of the k highest so far with the lowest of them on top.
        Span<float> heap = Of(ref _heap, k);
        heap.Fill(float.NegativeInfinity);
        foreach (float logit in logits)
        {
            if (logit > heap[0])
                Sink(heap, logit);
        }
        return heap[0];
    }

    /// <summary>Puts a number in the place of the lowest.</summary>
    private static void Sink(Span<float> heap, float number)
    {
        int at = 0;
        for (int child = 1; child < heap.Length; child = 2 * at + 1)
        {
            if (child + 1 < heap.Length && heap[child + 1] < heap[child])
                child++;
            if (heap[child] >= number)
                break;
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = number;
    }

    private static Span<T> Of<T>(ref T[] room, int length)
    {
        if (room.Length < length)
            room = new T[length];
        return room.AsSpan(0, length);
    }
}
