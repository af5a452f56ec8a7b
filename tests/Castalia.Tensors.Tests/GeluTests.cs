using static Castalia.Tensors.Tests.TensorAssert;
using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class GeluTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.BFloat16, 8e-3)]
    public void Values_and_gradients_equal_torchs(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        // 2 x 40,009 elements: several blocks, and a rest that fills no vector. Transposed, so not contiguous.
        Tensor values = Random([40_009, 2], dtype, 1, 2);
        Tensor weights = Random([2, 40_009], dtype, 2);
        Tensor ours = Leaf(values, dtype);
        Tensor torchs = Leaf(values, ScalarType.Float32);
        Tensor output = Gelu.Tanh(ours.t());
        Tensor expected = Gelu.PlainTanh(torchs.t());
        (output * weights).sum().backward();
        (expected * weights.to(ScalarType.Float32)).sum().backward();
        Close(expected, output, tolerance);
        Close(torchs.grad!, ours.grad!, tolerance);
        Same(output.detach(), Gelu.Tanh(ours.detach().t()));
    }

    [Fact]
    public void Extreme_arguments_give_the_limits()
    {
        using var scope = NewDisposeScope();
        Libtorch.Initialize();
        float[] extremes = [.. Enumerable.Repeat(0f, 12), -1e4f, 1e4f, -20f, 20f];
        Tensor input = tensor(extremes).requires_grad_(true);
        Tensor output = Gelu.Tanh(input);
        output.sum().backward();
        float[] limits = output.data<float>().ToArray()[12..];
        float[] slopes = input.grad!.data<float>().ToArray()[12..];
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(Math.Max(extremes[12 + i], 0), limits[i], 1e-20f);
            Assert.Equal(extremes[12 + i] > 0 ? 1 : 0, slopes[i], 1e-20f);
        }
        Assert.True(float.IsNaN(Gelu.Tanh(full(16, float.NaN))[3].item<float>()));
    }
}
