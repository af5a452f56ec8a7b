using static Castalia.Tensors.Tests.TensorAssert;
using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class TokenEmbeddingTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.BFloat16, 4e-3)]
    public void Rows_and_gradient_equal_torchs(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = Leaf(Random([90, 37], dtype, 1), dtype);
        Tensor plain = Leaf(matrix, ScalarType.Float32);
        // Token 3 fills most of the batch; 50 to 89 never occur.
        Tensor tokens = tensor(Enumerable.Range(0, 2 * 700).Select(i => i % 3 == 0 ? i * 7L % 50 : 3).ToArray()).view(2, 700);
        Tensor weights = Random([2, 700, 37], dtype, 2);
        Tensor rows = TokenEmbedding.Lookup(matrix, tokens);
        Tensor expected = plain.index_select(0, tokens.reshape(-1)).view(2, 700, 37);
        (rows * weights).sum().backward();
        (expected * weights.to(ScalarType.Float32)).sum().backward();
        Same(expected.to(dtype), rows);
        Close(plain.grad!, matrix.grad!, tolerance);
    }

    [Fact]
    public void A_token_outside_the_vocabulary_is_refused()
    {
        using var scope = NewDisposeScope();
        Tensor matrix = Random([4, 2], ScalarType.Float32, 1);
        Assert.Throws<ArgumentException>(() => TokenEmbedding.Lookup(matrix, tensor(new long[] { 4 })));
        Assert.Throws<ArgumentException>(() => TokenEmbedding.Lookup(matrix, tensor(new long[] { -1 })));
    }
}
