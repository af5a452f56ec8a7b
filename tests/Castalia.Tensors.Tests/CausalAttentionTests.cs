using static Castalia.Tensors.Tests.TensorAssert;
using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class CausalAttentionTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 5, 8, 1e-5)]
    [InlineData(ScalarType.Float32, 128, 32, 1e-5)]
    [InlineData(ScalarType.Float32, 300, 24, 1e-5)]
    [InlineData(ScalarType.BFloat16, 300, 24, 2e-2)]
    [InlineData(ScalarType.BFloat16, 256, 64, 2e-2)]
    public void Output_and_gradients_equal_torchs(ScalarType dtype, int tokens, int dimensions, double tolerance)
    {
        using var scope = NewDisposeScope();
        Tensor[] values = [.. Enumerable.Range(1, 3).Select(seed => Random([2, 3, tokens, dimensions], dtype, (ulong)seed))];
        Tensor weights = Random([2, 3, tokens, dimensions], dtype, 9);
        Tensor[] ours = [.. values.Select(value => Leaf(value, dtype))];
        Tensor[] torchs = [.. values.Select(value => Leaf(value, ScalarType.Float32))];
        Tensor output = CausalAttention.Apply(ours[0], ours[1], ours[2]);
        Tensor expected = nn.functional.scaled_dot_product_attention(torchs[0], torchs[1], torchs[2], is_casual: true);
        (output * weights).sum().backward();
        (expected * weights.to(ScalarType.Float32)).sum().backward();
        Close(expected, output, tolerance);
        for (int i = 0; i < 3; i++)
            Close(torchs[i].grad!, ours[i].grad!, tolerance);
    }

    [Theory]
    [InlineData(ScalarType.Float32, RotaryPairing.Half, 1e-5)]
    [InlineData(ScalarType.Float32, RotaryPairing.Interleaved, 1e-5)]
    [InlineData(ScalarType.BFloat16, RotaryPairing.Half, 2e-2)]
    public void The_fused_projection_equals_its_plain_form(ScalarType dtype, RotaryPairing pairing, double tolerance)
    {
        using var scope = NewDisposeScope();
        using RotaryTable table = RotaryTable.Standard(8, 200, pairing: pairing);
        Tensor values = Random([2, 140, 3 * 4 * 16], dtype, 1);
        Tensor weights = Random([2, 140, 4 * 16], dtype, 2);
        Tensor projection = Leaf(values, dtype);
        Tensor plainProjection = Leaf(values, ScalarType.Float32);
        Tensor output = CausalAttention.FromFusedProjection(projection, 4, table);
        Tensor expected = CausalAttention.PlainFromFusedProjection(plainProjection, 4, table, AttentionScoring.Plain);
        (output * weights).sum().backward();
        (expected * weights.to(ScalarType.Float32)).sum().backward();
        Close(expected, output, tolerance);
        Close(plainProjection.grad!, projection.grad!, tolerance);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 6, 2, false, null, 1e-5)]
    [InlineData(ScalarType.Float32, 6, 1, true, null, 1e-5)]
    [InlineData(ScalarType.Float32, 4, 4, true, 30, 1e-5)]
    [InlineData(ScalarType.Float32, 6, 3, false, 1, 1e-5)]
    [InlineData(ScalarType.Float32, 6, 3, false, 129, 1e-5)]
    [InlineData(ScalarType.BFloat16, 6, 2, true, 17, 2e-2)]
    public void Shared_keys_slopes_and_windows_equal_their_plain_form(
        ScalarType dtype, int heads, int keyHeads, bool sloped, int? window, double tolerance)
    {
        using var scope = NewDisposeScope();
        using RotaryTable table = RotaryTable.Standard(8, 300);
        float[]? slopes = sloped ? [.. Enumerable.Range(1, heads).Select(h => 1f / (1 << h))] : null;
        var scoring = new AttentionScoring(0.7, slopes, window);
        Tensor values = Random([2, 290, (heads + 2 * keyHeads) * 16], dtype, 1), weights = Random([2, 290, heads * 16], dtype, 2);
        Tensor projection = Leaf(values, dtype), plainProjection = Leaf(values, ScalarType.Float32);
        Tensor output = CausalAttention.FromFusedProjection(projection, heads, table, scoring, keyHeads);
        Tensor expected = CausalAttention.PlainFromFusedProjection(plainProjection, heads, table, scoring, keyHeads);
        (output * weights).sum().backward();
        (expected * weights.to(ScalarType.Float32)).sum().backward();
        Close(expected, output, tolerance);
        Close(plainProjection.grad!, projection.grad!, tolerance);

        (Tensor query, Tensor key, Tensor value) = CausalAttention.SplitProjection(values, heads, keyHeads);
        Tensor apart = CausalAttention.Apply(
            Rotary.Apply(query, table), CausalAttention.RepeatHeads(Rotary.Apply(key, table), heads), CausalAttention.RepeatHeads(value, heads), scoring);
        Close(expected, apart.transpose(1, 2).flatten(2), tolerance);
    }

    [Fact]
    public void Large_scores_do_not_overflow()
    {
        using var scope = NewDisposeScope();
        Tensor query = Random([1, 1, 40, 16], ScalarType.Float32, 1, 60);
        Tensor value = Random([1, 1, 40, 16], ScalarType.Float32, 2);
        Tensor expected = nn.functional.scaled_dot_product_attention(query, query, value, is_casual: true);
        Close(expected, CausalAttention.Apply(query, query, value), 1e-4);
    }

    [Fact]
    public void Shapes_and_types_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        Tensor query = Random([1, 2, 8, 4], ScalarType.Float32, 1);
        Tensor shorter = Random([1, 2, 7, 4], ScalarType.Float32, 1);
        Assert.Throws<ArgumentException>(() => CausalAttention.Apply(query, shorter, query));
        Assert.Throws<ArgumentException>(() => CausalAttention.Apply(query.to(ScalarType.Float64), query, query));
        Assert.Throws<ArgumentException>(() => CausalAttention.FromFusedProjection(Random([1, 4, 10], ScalarType.Float32, 1), 2, null));
    }
}
