using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>What all ranges of one decoding attention share: sizes, scoring, and where everything lies.</summary>
internal sealed unsafe class DecodePlan
{
    private readonly nint _query, _rowBytes, _groupBytes, _headBytes, _output;

    /// <summary>Plans the attention of queries alone. [rows, heads, 1, head size], contiguous.</summary>
    public DecodePlan(Tensor query, Tensor keys, Tensor values, ReadOnlySpan<int> slots, ReadOnlySpan<int> lengths, AttentionScoring scoring, Tensor output)
        : this(query, (int)query.shape[0], (int)query.shape[1], keys, values, scoring, output)
    {
        Slots = slots.ToArray();
        Lengths = lengths.ToArray();
        _groupBytes = Heads / KeyHeads * _headBytes;
        _rowBytes = KeyHeads * _groupBytes;
    }

    /// <summary>Plans the attention of a fused projection, whose keys and values go into the store. [rows, 1, key heads * (heads / key heads + 2) * head size], contiguous.</summary>
    public DecodePlan(Tensor projection, int heads, Tensor keys, Tensor values, ReadOnlySpan<int> slots, ReadOnlySpan<int> starts,
        RotaryTable? rotary, AttentionScoring scoring, Tensor output)
        : this(projection, (int)projection.shape[0], heads, keys, values, scoring, output)
    {
        Slots = slots.ToArray();
        Lengths = starts.ToArray();
        for (int row = 0; row < Lengths.Length; row++)
            Lengths[row]++;
        _groupBytes = (Heads / KeyHeads + 2) * _headBytes;
        _rowBytes = KeyHeads * _groupBytes;
        Appends = true;
        if (rotary is not null)
        {
            Rotary = new Angles((nint)Aten.Pointer(rotary.Cosines), (nint)Aten.Pointer(rotary.Sines), rotary.Pairs, rotary.Pairing == RotaryPairing.Interleaved);
        }
    }

    private DecodePlan(Tensor source, int rows, int heads, Tensor keys, Tensor values, AttentionScoring scoring, Tensor output)
    {
        (Rows, Heads) = (rows, heads);
        long[] store = keys.shape;
        (KeyHeads, HeadSize) = ((int)store[1], (int)store[3]);
        Scale = (float)scoring.ScaleFor(HeadSize);
        Slopes = scoring.Slopes;
        Window = scoring.Window ?? int.MaxValue;
        Keys = new HeadStore(keys);
        Values = new HeadStore(values);
        _query = (nint)Aten.Pointer(source);
        _output = (nint)Aten.Pointer(output);
        _headBytes = HeadSize * (nint)source.element_size();
    }

    /// <summary>Sequences.</summary>
    public int Rows { get; }

    /// <summary>Query heads.</summary>
    public int Heads { get; }

    /// <summary>Heads of keys and values.</summary>
    public int KeyHeads { get; }

    /// <summary>Dimensions of a head.</summary>
    public int HeadSize { get; }

    /// <summary>What scores are multiplied by.</summary>
    public float Scale { get; }

    /// <summary>Each row's slot in the store.</summary>
    public int[] Slots { get; } = [];

    /// <summary>How many tokens each row sees, the new one included.</summary>
    public int[] Lengths { get; } = [];

    /// <summary>ALiBi's slope of each head, or null.</summary>
    public float[]? Slopes { get; }

    /// <summary>How many of the last tokens are seen.</summary>
    public int Window { get; }

    /// <summary>Whether the new tokens' keys and values follow the queries of their group and go into the store.</summary>
    public bool Appends { get; }

    /// <summary>By which queries and new keys are turned, or null.</summary>
    public Angles? Rotary { get; }

    /// <summary>Where keys are stored.</summary>
    public HeadStore Keys { get; }

    /// <summary>Where values are stored.</summary>
    public HeadStore Values { get; }

    /// <summary>A head among those of a row's group: its queries, then, in a projection, its key and its value.</summary>
    public byte* Query(int row, int keyHead, int index) => (byte*)(_query + row * _rowBytes + keyHead * _groupBytes + index * _headBytes);

    /// <summary>Where a row's head is written. [rows, heads, head size]</summary>
    public byte* Output(int row, int head) => (byte*)(_output + ((nint)row * Heads + head) * _headBytes);

    /// <summary>A rotary table where it lies.</summary>
    internal readonly struct Angles(nint cosines, nint sines, int pairs, bool interleaved)
    {
        public float* Cosines => (float*)cosines;

        public float* Sines => (float*)sines;

        public int Pairs => pairs;

        public bool Interleaved => interleaved;
    }
}

/// <summary>Where the heads of a store lie. [slots, key heads, capacity, head size], of any strides but the last.</summary>
internal readonly unsafe struct HeadStore(Tensor store)
{
    private readonly nint _address = (nint)Aten.Pointer(store);
    private readonly nint _slot = (nint)(store.stride(0) * store.element_size()), _head = (nint)(store.stride(1) * store.element_size());

    /// <summary>Bytes from one token to the next.</summary>
    public nint Token { get; } = (nint)(store.stride(2) * store.element_size());

    /// <summary>The first token of a slot's head.</summary>
    public byte* Head(int slot, int head) => (byte*)(_address + slot * _slot + head * _head);
}
