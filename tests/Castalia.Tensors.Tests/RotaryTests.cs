using static Castalia.Tensors.Tests.TensorAssert;
using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class RotaryTests
{
    [Theory]
    [InlineData(ScalarType.Float32, RotaryPairing.Half, 6, 0, 1e-6)]
    [InlineData(ScalarType.Float32, RotaryPairing.Interleaved, 6, 3, 1e-6)]
    [InlineData(ScalarType.Float32, RotaryPairing.Half, 16, 5, 1e-6)]
    [InlineData(ScalarType.BFloat16, RotaryPairing.Half, 8, 0, 1e-2)]
    public void Output_and_gradient_equal_the_plain_ones(ScalarType dtype, RotaryPairing pairing, int rotated, int first, double tolerance)
    {
        using var scope = NewDisposeScope();
        using RotaryTable table = RotaryTable.Standard(rotated, 40, pairing: pairing);
        // A transposed view, as it comes from [batch, tokens, heads, dimensions].
        Tensor values = Random([2, 20, 3, 16], dtype, 1);
        Tensor weights = Random([2, 3, 20, 16], dtype, 2);
        Tensor heads = Leaf(values, dtype);
        Tensor plainHeads = Leaf(values, dtype);
        Tensor output = Rotary.Apply(heads.transpose(1, 2), table, first);
        Tensor expected = Rotary.PlainApply(plainHeads.transpose(1, 2), table, first);
        (output * weights).sum().backward();
        (expected * weights).sum().backward();
        Close(expected, output, tolerance);
        Close(plainHeads.grad!, heads.grad!, tolerance);
    }

    [Fact]
    public void Scores_depend_only_on_the_distance_of_positions()
    {
        using var scope = NewDisposeScope();
        using RotaryTable table = RotaryTable.Standard(16, 64);
        Tensor query = Random([1, 1, 1, 16], ScalarType.Float32, 1);
        Tensor key = Random([1, 1, 1, 16], ScalarType.Float32, 2);
        Tensor near = Rotary.Apply(query, table, 7) * Rotary.Apply(key, table, 2);
        Tensor far = Rotary.Apply(query, table, 55) * Rotary.Apply(key, table, 50);
        Close(near.sum(), far.sum(), 1e-4);
    }

    [Fact]
    public void Positions_beyond_the_table_are_refused()
    {
        using var scope = NewDisposeScope();
        using RotaryTable table = RotaryTable.Standard(4, 8);
        Tensor heads = Random([1, 1, 5, 4], ScalarType.Float32, 1);
        Assert.Throws<ArgumentException>(() => Rotary.Apply(heads, table, 4));
        Assert.Throws<ArgumentException>(() => Rotary.Apply(heads[TensorIndex.Ellipsis, TensorIndex.Slice(0, 2)], table));
        Assert.Throws<ArgumentException>(() => RotaryTable.Standard(5, 8));
    }
}
