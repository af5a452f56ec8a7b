using static Castalia.Tensors.Tests.TensorAssert;
using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class FusedAdamWTests
{
    private static readonly TensorSpec[] Specs = [new("w", [40, 3]), new("b", [11], Decay: false)];

    [Fact]
    public void Twenty_steps_equal_the_formula_in_double()
    {
        using FlatTensors weights = new(Specs, ScalarType.Float32);
        using FlatTensors gradients = weights.NewLike(ScalarType.Float32);
        weights["w"].copy_(Random([40, 3], ScalarType.Float32, 1));
        weights["b"].copy_(Random([11], ScalarType.Float32, 2));
        using FusedAdamW optimizer = new(weights, new AdamWOptions(0.9, 0.95, 1e-8, 0.1));
        double[] expected = weights["w"].to(ScalarType.Float64).data<double>().ToArray();
        double[] expectedBias = weights["b"].to(ScalarType.Float64).data<double>().ToArray();
        double[] mean = new double[120], variance = new double[120], biasMean = new double[11], biasVariance = new double[11];
        for (int step = 1; step <= 20; step++)
        {
            double rate = 1e-2 / step;
            double scale = step % 2 == 0 ? 0.25 : 1;
            gradients["w"].copy_(Random([40, 3], ScalarType.Float32, (ulong)step + 10));
            gradients["b"].copy_(Random([11], ScalarType.Float32, (ulong)step + 50));
            Formula(expected, gradients["w"].data<float>().ToArray(), mean, variance, step, rate, scale, 0.1);
            Formula(expectedBias, gradients["b"].data<float>().ToArray(), biasMean, biasVariance, step, rate, scale, 0);
            optimizer.Step(gradients, rate, scale);
        }
        Close(tensor(expected).view(40, 3), weights["w"], 1e-6);
        Close(tensor(expectedBias), weights["b"], 1e-6);
        Close(tensor(mean).view(40, 3), optimizer.Mean["w"], 1e-6);
        Close(tensor(variance).view(40, 3), optimizer.Variance["w"], 1e-6);
        Assert.Equal(20, optimizer.StepCount);
    }

    [Fact]
    public void A_state_carried_over_goes_on_in_the_same_bits()
    {
        using FlatTensors weights = new(Specs, ScalarType.Float32);
        weights.Flat.copy_(Random([weights.Length], ScalarType.Float32, 5));
        using FlatTensors copy = weights.NewLike(ScalarType.Float32);
        using FlatTensors gradients = weights.NewLike(ScalarType.Float32);
        using FusedAdamW optimizer = new(weights);
        using FusedAdamW resumed = new(copy);
        for (int step = 0; step < 4; step++)
        {
            if (step == 2)
            {
                copy.CopyFrom(weights);
                resumed.Mean.CopyFrom(optimizer.Mean);
                resumed.Variance.CopyFrom(optimizer.Variance);
                resumed.StepCount = optimizer.StepCount;
            }
            gradients.Flat.copy_(Random([weights.Length], ScalarType.Float32, (ulong)step));
            optimizer.Step(gradients, 1e-2);
            if (step >= 2)
                resumed.Step(gradients, 1e-2);
        }
        Same(weights.Flat, copy.Flat);
    }

    [Fact]
    public void Working_weights_in_bf16_are_refused()
    {
        using FlatTensors weights = new(Specs, ScalarType.BFloat16);
        Assert.Throws<ArgumentException>(() => new FusedAdamW(weights));
    }

    private static void Formula(double[] weights, float[] gradients, double[] mean, double[] variance, int step, double rate, double scale, double decay)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            double gradient = gradients[i] * scale;
            mean[i] = 0.9 * mean[i] + 0.1 * gradient;
            variance[i] = 0.95 * variance[i] + 0.05 * gradient * gradient;
            double corrected = mean[i] / (1 - Math.Pow(0.9, step));
            double root = Math.Sqrt(variance[i] / (1 - Math.Pow(0.95, step)));
            weights[i] = weights[i] * (1 - rate * decay) - rate * corrected / (root + 1e-8);
        }
    }
}
