using static Castalia.Tensors.Tests.TensorAssert;
using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class GradientNormTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1)]
    [InlineData(ScalarType.Float32, 200_003)]
    [InlineData(ScalarType.BFloat16, 65_552)]
    public void The_norm_equals_the_one_in_double_whatever_the_threads(ScalarType dtype, long count)
    {
        using Tensor gradient = Random([count], dtype, 3);
        double expected = gradient.to(ScalarType.Float64).norm().item<double>();
        int threads = Libtorch.Threads;
        Libtorch.Initialize(1);
        double single = GradientNorm.Of(gradient);
        Libtorch.Initialize(2);
        double both = GradientNorm.Of(gradient);
        Libtorch.Initialize(threads);
        Assert.Equal(expected, single, expected * 1e-12);
        Assert.Equal(single, both);
    }

    [Fact]
    public void Clipping_shortens_only_what_is_too_long()
    {
        Assert.Equal(1, GradientNorm.ClipFactor(0.5, 1));
        Assert.Equal(1 / (4 + 1e-6), GradientNorm.ClipFactor(4, 1));
        Assert.True(double.IsNaN(GradientNorm.ClipFactor(double.NaN, 1)));
    }
}
