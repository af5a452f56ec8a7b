using static TorchSharp.torch;

namespace Castalia.Models;

/// <summary>
/// The keys and values of tokens already seen, for generation token by token. The room for all of them is taken once: a token costs a
/// copy of its own keys and values and nothing else.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor _keys;   // [layers, batch, heads, capacity, head size], keys already turned by their position
    private readonly Tensor _values; // [layers, batch, heads, capacity, head size]

    /// <summary>Takes the room for a batch of sequences.</summary>
    /// <param name="weights">The model that will fill it: its sizes, type and device.</param>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="capacity">The most tokens a sequence can have, padding included.</param>
    public KeyValueCache(TransformerWeights weights, long batch, long capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        TransformerConfig config = weights.Config;
        long[] shape = [config.Layers, batch, config.Heads, capacity, config.HeadSize];
        _keys = zeros(shape, weights.DType, weights.Device).DetachFromDisposeScope();
        _values = zeros(shape, weights.DType, weights.Device).DetachFromDisposeScope();
        Batch = batch;
        Capacity = capacity;
    }

    /// <summary>Number of sequences.</summary>
    public long Batch { get; }

    /// <summary>The most tokens a sequence can have.</summary>
    public long Capacity { get; }

    /// <summary>Tokens seen so far, padding included.</summary>
    public long Length { get; private set; }

    /// <summary>Forgets all tokens and keeps the room.</summary>
    public void Clear() => Length = 0;

    /// <summary>Forgets all but the first tokens: another continuation of the same beginning.</summary>
    public void Truncate(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <summary>Stores the new tokens' keys and values of a layer and returns all so far: views of the store, [batch, heads, length, head size].</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        long added = keys.shape[2];
        return (Put(_keys, keys), Put(_values, values));

        Tensor Put(Tensor store, Tensor tokens)
        {
            Tensor ofLayer = store.select(0, layer);
            ofLayer.narrow(2, Length, added).copy_(tokens);
            return ofLayer.narrow(2, 0, Length + added);
        }
    }

    /// <summary>Counts the tokens that a whole pass has appended in every layer.</summary>
    internal void Advance(long tokens) => Length += tokens;

    /// <summary>Refuses a pass that does not fit.</summary>
    internal void Require(long batch, long tokens)
    {
        if (batch != Batch || Length + tokens > Capacity)
        {
            throw new ArgumentException(
                $"A key-value cache for {Batch} sequences of {Capacity} tokens, {Length} of them used, cannot take {batch} sequences of {tokens} more tokens.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
