using static Castalia.Tensors.Tests.TensorAssert;
using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class DecodeAttentionTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 4, 4, 64, null, 2e-6)]
    [InlineData(ScalarType.Float32, 6, 2, 24, null, 2e-6)]
    [InlineData(ScalarType.Float32, 4, 1, 80, 5, 2e-6)]
    [InlineData(ScalarType.BFloat16, 4, 4, 128, null, 8e-3)]
    [InlineData(ScalarType.BFloat16, 6, 3, 16, 33, 8e-3)]
    public void Equals_the_plain_way(ScalarType dtype, int heads, int keyHeads, int size, int? window, double tolerance)
    {
        using var scope = NewDisposeScope();
        Tensor query = Random([3, heads, 1, size], dtype, 1);
        // As a layer of a larger store, with its tokens before its heads: any strides but the last.
        Tensor keys = Random([2, 5, 40, keyHeads, size], dtype, 2)[1].transpose(1, 2), values = Random([5, keyHeads, 40, size], dtype, 3);
        int[] slots = [4, 0, 2], lengths = [1, 40, 21];
        float[] slopes = [.. Enumerable.Range(0, heads).Select(head => MathF.Pow(2, -head))];
        foreach (AttentionScoring scoring in (AttentionScoring[])[new(Window: window), new(Scale: 0.3, Slopes: slopes, Window: window)])
        {
            Close(DecodeAttention.PlainApply(query.to(ScalarType.Float32), keys.to(ScalarType.Float32), values.to(ScalarType.Float32), slots, lengths, scoring),
                DecodeAttention.Apply(query, keys, values, slots, lengths, scoring), tolerance);
        }
    }

    [Fact]
    public void Equals_causal_attentions_last_token()
    {
        using var scope = NewDisposeScope();
        Tensor query = Random([2, 4, 19, 32], ScalarType.Float32, 1), key = Random([2, 4, 19, 32], ScalarType.Float32, 2), value = Random([2, 4, 19, 32], ScalarType.Float32, 3);
        Tensor expected = CausalAttention.PlainApply(query, key, value, new(Scale: 0.2)).narrow(2, 18, 1);
        Close(expected, DecodeAttention.Apply(query.narrow(2, 18, 1), key, value, [0, 1], [19, 19], new(Scale: 0.2)), 2e-6);
    }

    [Theory]
    [InlineData(RotaryPairing.Half, 4, 4, 32)]
    [InlineData(RotaryPairing.Interleaved, 6, 2, 20)]
    public void From_a_fused_projection_it_stores_the_token_turned_and_attends(RotaryPairing pairing, int heads, int keyHeads, int size)
    {
        using var scope = NewDisposeScope();
        using var table = RotaryTable.Standard(16, 50, pairing: pairing);
        Tensor projection = Random([2, 1, (heads + 2 * keyHeads) * size], ScalarType.Float32, 1);
        Tensor keys = Random([3, keyHeads, 50, size], ScalarType.Float32, 2), values = Random([3, keyHeads, 50, size], ScalarType.Float32, 3);
        int[] slots = [2, 0], starts = [0, 49];
        Tensor expectedKeys = keys.clone(), expectedValues = values.clone();
        (Tensor query, Tensor key, Tensor value) = CausalAttention.SplitProjection(projection, heads, keyHeads);
        KeyValueStore.Append(expectedKeys, Rotary.Apply(key, table, starts), slots, starts);
        KeyValueStore.Append(expectedValues, value, slots, starts);
        Tensor expected = DecodeAttention.PlainApply(Rotary.Apply(query, table, starts), expectedKeys, expectedValues, slots, [1, 50]);

        Close(expected.view(2, 1, -1), DecodeAttention.FromFusedProjection(projection, heads, keys, values, slots, starts, table), 2e-6);
        Close(expectedKeys, keys, 1e-7);
        Same(expectedValues, values);
        Assert.Throws<ArgumentException>(() => DecodeAttention.FromFusedProjection(projection, heads, keys, values, slots, [0, 50], table));
    }

    [Theory]
    [InlineData(5, 3)]
    [InlineData(-1, 3)]
    [InlineData(0, 0)]
    [InlineData(0, 41)]
    public void Slots_and_lengths_outside_the_store_are_refused(int slot, int length)
    {
        using var scope = NewDisposeScope();
        Tensor query = Random([1, 2, 1, 8], ScalarType.Float32, 1), store = Random([5, 2, 40, 8], ScalarType.Float32, 2);
        Assert.Contains($"{length} tokens of slot {slot}",
            Assert.Throws<ArgumentException>(() => DecodeAttention.Apply(query, store, store, [slot], [length])).Message);
    }
}
