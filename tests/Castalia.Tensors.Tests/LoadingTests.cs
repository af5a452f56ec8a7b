using TorchSharp;
using Xunit.Sdk;
using Xunit.v3;

// Operations use all cores by themselves, and some tests change their number.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace Castalia.Tensors.Tests;

public sealed class LoadingTests
{
    [Fact]
    public void Libtorch_loads_and_multiplies()
    {
        Libtorch.Initialize();
        using var a = torch.ones(2, 3);
        using var b = torch.ones(3, 2);
        using var c = a.matmul(b);
        Assert.Equal(12f, c.sum().item<float>());
    }

    [Fact]
    public void The_number_of_threads_can_be_changed_and_is_at_least_one()
    {
        Libtorch.Initialize();
        int threads = Libtorch.Threads;
        Libtorch.Initialize(1);
        Assert.Equal(1, torch.get_num_threads());
        Libtorch.Initialize(threads);
        Assert.Equal(threads, torch.get_num_threads());
        Assert.Throws<ArgumentOutOfRangeException>(() => Libtorch.Initialize(0));
    }
}
