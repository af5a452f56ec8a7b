using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

/// <summary>Comparisons of tensors, and random ones that do not depend on the order of tests.</summary>
internal static class TensorAssert
{
    static TensorAssert() => Libtorch.Initialize();

    /// <summary>The largest absolute difference is at most <paramref name="tolerance"/> times the largest expected magnitude.</summary>
    public static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        Tensor wide = expected.detach().to(ScalarType.Float64);
        Tensor difference = (wide - actual.detach().to(ScalarType.Float64)).abs();
        double most = difference.max().item<double>();
        double magnitude = wide.abs().max().item<double>();
        Assert.True(most <= tolerance * Math.Max(magnitude, 1e-30), $"differs by {most:g3} where the largest is {magnitude:g3}");
    }

    /// <summary>Every element is the same.</summary>
    public static void Same(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(expected.eq(actual).all().item<bool>(), "some elements differ");
    }

    /// <summary>Normal numbers from a generator of their own.</summary>
    public static Tensor Random(long[] shape, ScalarType dtype, ulong seed, double scale = 1)
    {
        Libtorch.Initialize();
        using Generator generator = new(seed);
        using Tensor wide = randn(shape, dtype: ScalarType.Float32, generator: generator) * scale;
        return wide.to(dtype);
    }

    /// <summary>A copy of <paramref name="tensor"/> in another type that asks for its gradient.</summary>
    public static Tensor Leaf(Tensor tensor, ScalarType dtype) => tensor.detach().to(dtype).clone().requires_grad_(true);
}
