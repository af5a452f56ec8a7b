using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models.Tests;

/// <summary>Models with their matrices in int8 against the same models in fp32.</summary>
public sealed class QuantizedWeightsTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(GoldenTests.Models), MemberType = typeof(GoldenTests))]
    public void Logits_are_near_the_reference(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load(name);
        using Transformer quantized = new(model.Weights.Quantize());
        Tensor expected = GoldenModel.Tensor(name, "logits.safetensors", "logits");
        using IDisposable noGradient = no_grad();
        Tensor logits = quantized.Logits(quantized.Hidden(GoldenModel.InputIds(name)));
        double apart = ((logits - expected).square().mean().sqrt() / expected.square().mean().sqrt()).item<float>();
        output.WriteLine($"{name}: differs by {apart:p2} of the logits' root mean square");
        // A weight is off by about half a percent of its like, and random blocks pass that on enlarged; GPT-Neo's unscaled scores most of all.
        Assert.InRange(apart, 1e-6, name == "gpt_neo" ? 0.08 : 0.04);
    }

    [Theory]
    [InlineData("gpt_neox_parallel")]
    [InlineData("gpt2")]
    public void The_unembedding_is_there_for_the_loss_and_what_is_in_int8_only_is_refused(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load(name);
        using TransformerWeights quantized = model.Weights.Quantize();
        Assert.Equal(model.Weights.Unembedding.shape, quantized.Unembedding.shape);
        Assert.InRange(GoldenModel.MaxDifference(model.Weights.Unembedding, quantized.Unembedding), 0, 0.01 * model.Weights.Unembedding.abs().max().item<float>());
        Assert.Contains("int8", Assert.Throws<InvalidOperationException>(() => quantized[ParameterNames.QkvWeight(0)]).Message);
    }
}
