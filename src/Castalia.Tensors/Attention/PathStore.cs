using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// The keys and values of one layer along one path through a tree of sequences, in fp32 and in the order in which <see cref="PathAttention"/>
/// reads them: a walk through the tree, depth first, needs no more than the path it stands on.
/// </summary>
public sealed unsafe class PathStore : IDisposable
{
    /// <summary>Keys that stand side by side, dimension by dimension.</summary>
    internal const int Block = 16;

    private readonly Tensor _keys;   // [key heads, blocks, head size, 16]
    private readonly Tensor _values; // [key heads, blocks · 16, head size filled up to 16]
    private readonly nint _keyAddress, _valueAddress;

    /// <summary>Takes the room.</summary>
    /// <param name="keyHeads">Heads of keys and values.</param>
    /// <param name="headSize">Dimensions of a head.</param>
    /// <param name="capacity">The most tokens of a path.</param>
    public PathStore(int keyHeads, int headSize, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(keyHeads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(headSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        (KeyHeads, HeadSize, Capacity) = (keyHeads, headSize, capacity);
        ValueSize = (headSize + Block - 1) / Block * Block;
        long blocks = (capacity + Block - 1) / Block;
        _keys = zeros([keyHeads, blocks, headSize, Block], ScalarType.Float32).DetachFromDisposeScope();
        _values = zeros([keyHeads, blocks * Block, ValueSize], ScalarType.Float32).DetachFromDisposeScope();
        (_keyAddress, _valueAddress) = ((nint)Aten.Pointer(_keys), (nint)Aten.Pointer(_values));
    }

    /// <summary>Heads of keys and values.</summary>
    public int KeyHeads { get; }

    /// <summary>Dimensions of a head.</summary>
    public int HeadSize { get; }

    /// <summary>The most tokens of a path.</summary>
    public int Capacity { get; }

    /// <summary>Bytes that a token of the path takes in one layer.</summary>
    public static long BytesPerToken(int keyHeads, int headSize) => (long)keyHeads * sizeof(float) * (headSize + (headSize + Block - 1) / Block * Block);

    /// <summary>Floats of a value, the filling included.</summary>
    internal int ValueSize { get; }

    /// <summary>A head's keys. [blocks, head size, 16]</summary>
    internal float* Keys(int head) => (float*)_keyAddress + head * (_keys.stride(0));

    /// <summary>A head's values. [tokens, <see cref="ValueSize"/>]</summary>
    internal float* Values(int head) => (float*)_valueAddress + head * (_values.stride(0));

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
