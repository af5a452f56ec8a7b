using TorchSharp;

namespace Castalia.Tensors.Tests;

public sealed class LoadingTests
{
    [Fact]
    public void Libtorch_loads_and_multiplies()
    {
        using var a = torch.ones(2, 3);
        using var b = torch.ones(3, 2);
        using var c = a.matmul(b);
        Assert.Equal(12f, c.sum().item<float>());
    }
}
