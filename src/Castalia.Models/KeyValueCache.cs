using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models;

/// <summary>
/// The keys and values of tokens already seen, for generation token by token: a slot a sequence, each as long as it is. The room for all of
/// them is taken once: a token costs a copy of its own keys and values and nothing else.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;   // a layer: [slots, key heads, capacity, head size], keys already turned by their position
    private readonly Tensor[] _values; // a layer: [slots, key heads, capacity, head size]
    private readonly int[] _lengths;

    /// <summary>Takes the room for a batch of sequences.</summary>
    /// <param name="weights">The model that will fill it: its sizes, type and device.</param>
    /// <param name="slots">Number of sequences.</param>
    /// <param name="capacity">The most tokens a sequence can have, padding on the left included.</param>
    public KeyValueCache(TransformerWeights weights, long slots, long capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slots);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        TransformerConfig config = weights.Config;
        long[] shape = [slots, config.KeyHeads, capacity, config.HeadSize];
        _keys = Store();
        _values = Store();
        _lengths = new int[slots];
        Capacity = checked((int)capacity);

        Tensor[] Store() => [.. Enumerable.Range(0, config.Layers).Select(_ => zeros(shape, weights.DType, weights.Device).DetachFromDisposeScope())];
    }

    /// <summary>Number of sequences.</summary>
    public int Slots => _lengths.Length;

    /// <summary>The most tokens a sequence can have.</summary>
    public int Capacity { get; }

    /// <summary>Tokens of the longest sequence so far, padding on the left included.</summary>
    public int Length => _lengths.Max();

    /// <summary>
    /// The length that dynamic rotary scaling goes by, where it is known beforehand. A key is turned once, so its angle cannot follow a
    /// sequence that grows: with this set to the final length the pass equals one over the whole sequence; without it each token is
    /// turned by the length at its time, as transformers does.
    /// </summary>
    public int? RotaryLength { get; init; }

    /// <summary>Tokens of a sequence so far.</summary>
    public int LengthOf(int slot) => _lengths[slot];

    /// <summary>Forgets all tokens and keeps the room.</summary>
    public void Clear() => Array.Clear(_lengths);

    /// <summary>Forgets all but the first tokens of every sequence: other continuations of the same beginnings.</summary>
    public void Truncate(int length)
    {
        for (int slot = 0; slot < Slots; slot++)
            Truncate(slot, Math.Min(length, _lengths[slot]));
    }

    /// <summary>Forgets all but the first tokens of one sequence.</summary>
    public void Truncate(int slot, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _lengths[slot]);
        _lengths[slot] = length;
    }

    /// <summary>Makes one sequence the beginning of another one: its first tokens, or all of them.</summary>
    /// <param name="from">The slot to copy.</param>
    /// <param name="to">The slot to overwrite.</param>
    /// <param name="length">How many tokens; null for all.</param>
    public void Copy(int from, int to, int? length = null)
    {
        int count = length ?? _lengths[from];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _lengths[from], nameof(length));
        if (from != to)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGradient = no_grad();
            foreach (Tensor store in (IEnumerable<Tensor>)[.. _keys, .. _values])
                store.select(0, to).narrow(1, 0, count).copy_(store.select(0, from).narrow(1, 0, count));
        }
        _lengths[to] = count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor store in (IEnumerable<Tensor>)[.. _keys, .. _values])
            store.Dispose();
    }

    /// <summary>The keys and values of a layer, [slots, key heads, capacity, head size]; they belong to the cache.</summary>
    internal (Tensor Keys, Tensor Values) Of(int layer) => (_keys[layer], _values[layer]);

    /// <summary>Stores the new tokens' keys and values of a layer, [batch, key heads, tokens, head size].</summary>
    internal void Append(int layer, Tensor keys, Tensor values, int[] slots, int[] starts)
    {
        KeyValueStore.Append(_keys[layer], keys, slots, starts);
        KeyValueStore.Append(_values[layer], values, slots, starts);
    }

    /// <summary>All tokens of some sequences, up to the longest's: views of the store where it can be, [batch, key heads, length, head size].</summary>
    internal (Tensor Keys, Tensor Values) Read(int layer, int[] slots, long length)
    {
        return (Rows(_keys[layer]), Rows(_values[layer]));

        Tensor Rows(Tensor store)
        {
            bool neighbours = Enumerable.Range(0, slots.Length).All(row => slots[row] == slots[0] + row);
            Tensor rows = neighbours
                ? store.narrow(0, slots[0], slots.Length)
                : store.narrow(2, 0, length).index_select(0, tensor(Array.ConvertAll(slots, slot => (long)slot), device: store.device));
            return rows.narrow(2, 0, length);
        }
    }

    /// <summary>Counts the tokens that a whole pass has appended in every layer.</summary>
    internal void Advance(int[] slots, IReadOnlyList<int>? lengths, int tokens)
    {
        for (int row = 0; row < slots.Length; row++)
            _lengths[slots[row]] += lengths?[row] ?? tokens;
    }

    /// <summary>Refuses a pass that does not fit.</summary>
    internal void Require(int[] slots, int tokens)
    {
        foreach (int slot in slots)
        {
            if ((uint)slot >= (uint)Slots)
                throw new ArgumentException($"There is no slot {slot} in a key-value cache for {Slots} sequences.");
            if (_lengths[slot] + tokens > Capacity)
            {
                throw new ArgumentException(
                    $"A key-value cache for sequences of {Capacity} tokens, {_lengths[slot]} of them used in slot {slot}, cannot take {tokens} more.");
            }
        }
        if (slots.Distinct().Count() != slots.Length)
            throw new ArgumentException("A pass continues the same slot twice.");
    }
}
