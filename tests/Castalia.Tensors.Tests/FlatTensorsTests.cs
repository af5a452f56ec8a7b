using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class FlatTensorsTests
{
    private static readonly TensorSpec[] Specs =
    [
        new("first.weight", [3, 5]), new("first.bias", [5], Decay: false), new("second.weight", [7, 3]), new("second.bias", [7], Decay: false),
    ];

    [Fact]
    public void Decayed_tensors_form_the_first_segment_and_every_tensor_is_aligned()
    {
        using FlatTensors flat = new(Specs, ScalarType.Float32);
        Assert.Equal(64, flat.DecayedLength);
        Assert.Equal(128, flat.Length);
        Assert.Equal(15 + 5 + 21 + 7, flat.Count);
        Assert.Equal([0L, 64, 32, 96], Specs.Select(spec => flat.OffsetOf(spec.Name)));
        flat.Decayed.fill_(2);
        Assert.Equal(2, flat["second.weight"][6, 2].item<float>());
        Assert.Equal(0, flat["first.bias"].sum().item<float>());
    }

    [Fact]
    public void Casting_to_bf16_and_back_keeps_what_bf16_can_hold()
    {
        using FlatTensors master = new(Specs, ScalarType.Float32);
        using FlatTensors working = master.NewLike(ScalarType.BFloat16, requiresGrad: true);
        master["first.weight"].fill_(1.5f);
        working.CopyFrom(master);
        Assert.Equal(1.5f, working["first.weight"][2, 4].to(ScalarType.Float32).item<float>());
        Assert.True(working["first.weight"].is_leaf && working["first.weight"].requires_grad);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Gradients_are_gathered_summed_over_micro_batches_and_dropped(ScalarType dtype)
    {
        using FlatTensors weights = new(Specs, dtype, requiresGrad: true);
        using FlatTensors gradients = weights.NewLike(ScalarType.Float32);
        gradients.Flat.fill_(99);
        for (int micro = 0; micro < 2; micro++)
        {
            (weights["first.weight"] * 3).sum().backward();
            Assert.NotNull(weights["first.weight"].grad);
            weights.TakeGradients(gradients, accumulate: micro > 0);
            Assert.Null(weights["first.weight"].grad);
        }
        Assert.Equal(15 * 6, gradients["first.weight"].sum().item<float>());
        Assert.Equal(0, gradients["second.weight"].sum().item<float>());
    }

    [Fact]
    public void Views_follow_an_optimizer_that_changes_the_buffer()
    {
        using FlatTensors weights = new(Specs, ScalarType.Float32, requiresGrad: true);
        using (no_grad())
            weights.Flat.fill_(1);
        Tensor loss = (weights["first.weight"] * weights["first.weight"]).sum();
        loss.backward();
        using (no_grad())
            weights.Flat.add_(1);
        Assert.Equal(2, weights["first.weight"][0, 0].item<float>());
        Assert.Equal(2, weights["first.weight"].grad![0, 0].item<float>());
    }

    [Fact]
    public void Two_tensors_of_one_name_and_sets_that_differ_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new FlatTensors([new("a", [1]), new("a", [2])], ScalarType.Float32));
        Assert.Throws<ArgumentException>(() => new FlatTensors([new("a", [-1])], ScalarType.Float32));
        using FlatTensors one = new([new("a", [4])], ScalarType.Float32);
        using FlatTensors other = new([new("b", [4])], ScalarType.Float32);
        Assert.Throws<ArgumentException>(() => one.CopyFrom(other));
        Assert.Throws<KeyNotFoundException>(() => one["c"]);
    }
}
