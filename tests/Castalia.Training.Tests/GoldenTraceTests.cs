using System.Runtime.InteropServices;
using Castalia.Formats;
using Castalia.Models;
using Castalia.Testing;

namespace Castalia.Training.Tests;

/// <summary>
/// Training is what PyTorch does, step by step. Tolerances are the fixture's own: its fp32 and fp64 runs agree to 7e-7 in the losses, and in the
/// final weights only to 5e-4, as Adam's first steps follow the sign of gradients that are near 0.
/// </summary>
public sealed class GoldenTraceTests(ITestOutputHelper output)
{
    [Fact]
    public void The_learning_rates_are_those_of_the_trace()
    {
        LearningRateSchedule schedule = LearningRateSchedule.Of(GoldenTrace.Options);
        for (int step = 0; step < GoldenTrace.Steps.Count; step++)
            Assert.Equal(GoldenTrace.Steps[step].LearningRate, schedule.RateAfter(step), 1e-12);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(2)]
    [InlineData(1)]
    public void Losses_norms_weights_and_optimizer_state_are_those_of_the_trace(int microBatch)
    {
        using var step = new TrainingStep(GoldenTrace.InitialWeights(), GoldenTrace.Options with { MicroBatchSize = microBatch });
        double lossError = 0, normError = 0;
        output.WriteLine("step        loss      golden   gradient norm      golden");
        for (int i = 0; i < GoldenTrace.Steps.Count; i++)
        {
            (double rate, double loss, double norm) = GoldenTrace.Steps[i];
            StepOutcome outcome = step.Run(GoldenTrace.Batches[i], rate);
            output.WriteLine(FormattableString.Invariant($"{i,4}  {outcome.Loss:F8}  {loss:F8}  {outcome.GradientNorm,14:F8}  {norm:F8}"));
            lossError = Math.Max(lossError, Math.Abs(outcome.Loss - loss) / loss);
            normError = Math.Max(normError, Math.Abs(outcome.GradientNorm - norm) / norm);
        }
        output.WriteLine(FormattableString.Invariant($"largest relative difference: loss {lossError:E2}, gradient norm {normError:E2}"));
        Assert.InRange(lossError, 0, 1e-5);
        Assert.InRange(normError, 0, 1e-5);

        using TransformerWeights golden = GoldenTrace.Load("final.safetensors");
        Assert.InRange(LargestDifference(step.Weights, golden), 0, 1e-3);
        AssertOptimizerState(step);
    }

    [Fact]
    public void The_first_gradient_is_that_of_the_trace()
    {
        using var step = new TrainingStep(GoldenTrace.InitialWeights(), GoldenTrace.Options with { GradientClip = 0 });
        step.Run(GoldenTrace.Batches[0], learningRate: 0);
        using TransformerWeights golden = GoldenTrace.Load("grads_step0_unclipped.safetensors");
        using var found = new TransformerWeights(step.Weights.Config);
        found.Flat.CopyFrom(step.Gradients);
        Assert.InRange(LargestDifference(found, golden), 0, 1e-6);
    }

    [Fact]
    public void In_bf16_the_model_learns_as_well()
    {
        // bf16 keeps 8 bits of a number: single losses differ by about 0.5 %. What may not differ is where the run ends up.
        using var step = new TrainingStep(GoldenTrace.InitialWeights(), GoldenTrace.Options with { Precision = TrainingPrecision.BFloat16 });
        List<double> losses = [];
        for (int i = 0; i < GoldenTrace.Steps.Count; i++)
            losses.Add(step.Run(GoldenTrace.Batches[i], GoldenTrace.Steps[i].LearningRate).Loss);
        double last = losses.TakeLast(5).Average();
        double golden = GoldenTrace.Steps.TakeLast(5).Average(s => s.Loss);
        output.WriteLine(FormattableString.Invariant($"mean loss of the last 5 steps: bf16 {last:F5}, golden fp32 {golden:F5}"));
        Assert.InRange(last, golden * 0.99, golden * 1.01);
        Assert.All(losses.Zip(GoldenTrace.Steps), pair => Assert.InRange(pair.First, pair.Second.Loss * 0.97, pair.Second.Loss * 1.03));
    }

    [Fact]
    public void Micro_batches_change_the_last_bits_only()
    {
        double[] whole = Losses(GoldenTrace.Options);
        double[] parts = Losses(GoldenTrace.Options with { MicroBatchSize = 1 });
        Assert.All(whole.Zip(parts), pair => Assert.Equal(pair.First, pair.Second, 1e-5));

        static double[] Losses(TrainingOptions options)
        {
            using var step = new TrainingStep(GoldenTrace.InitialWeights(), options);
            return [.. GoldenTrace.Batches.Zip(GoldenTrace.Steps).Select(pair => step.Run(pair.First, pair.Second.LearningRate).Loss)];
        }
    }

    [Fact]
    public void A_gradient_that_is_not_finite_changes_nothing()
    {
        using var step = new TrainingStep(GoldenTrace.InitialWeights(), GoldenTrace.Options);
        step.Run(GoldenTrace.Batches[0], 1e-3);
        using TransformerWeights before = step.Weights.To(step.Weights.DType);
        step.Weights.Unembedding.bytes[2..4].Fill(0xff); // a NaN
        before.Unembedding.bytes[2..4].Fill(0xff);
        StepOutcome outcome = step.Run(GoldenTrace.Batches[1], 1e-3);
        Assert.False(outcome.Applied);
        Assert.True(double.IsNaN(outcome.Loss));
        Assert.Equal(1, step.Optimizer.StepCount);
        Assert.True(step.Weights.Flat.Flat.bytes.SequenceEqual(before.Flat.Flat.bytes));
    }

    private static void AssertOptimizerState(TrainingStep step)
    {
        using SafetensorsFile golden = GoldenTrace.OptimizerState();
        foreach ((string prefix, Tensors.FlatTensors state, double tolerance) in new[] { ("exp_avg.", step.Optimizer.Mean, 1e-4), ("exp_avg_sq.", step.Optimizer.Variance, 1e-6) })
        {
            using var folder = new TemporaryFolder();
            using var weights = new TransformerWeights(step.Weights.Config);
            weights.Flat.CopyFrom(state);
            HuggingFaceFolder.Save(weights, folder.Path); // for HF's names and layout
            using SafetensorsFile found = SafetensorsFile.Open(folder["model.safetensors"]);
            SafetensorsEntry[] entries = [.. golden.Tensors.Values.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal))];
            Assert.Equal(7, entries.Length);
            foreach (SafetensorsEntry entry in entries)
            {
                ReadOnlySpan<float> expected = MemoryMarshal.Cast<byte, float>(golden.Bytes(entry));
                ReadOnlySpan<float> actual = MemoryMarshal.Cast<byte, float>(found.Bytes(found[entry.Name[prefix.Length..]]));
                Assert.Equal(expected.Length, actual.Length);
                double difference = 0, largest = 0;
                for (int i = 0; i < expected.Length; i++)
                {
                    difference = Math.Max(difference, Math.Abs(expected[i] - actual[i]));
                    largest = Math.Max(largest, Math.Abs(expected[i]));
                }
                Assert.True(difference <= tolerance, $"{entry.Name}: largest difference {difference:E2} of values up to {largest:E2}");
                Assert.True(difference < largest / 100, $"{entry.Name}: largest difference {difference:E2} of values up to {largest:E2}");
            }
        }
    }

    private static double LargestDifference(TransformerWeights a, TransformerWeights b)
    {
        ReadOnlySpan<float> first = MemoryMarshal.Cast<byte, float>(a.Flat.Flat.bytes);
        ReadOnlySpan<float> second = MemoryMarshal.Cast<byte, float>(b.Flat.Flat.bytes);
        Assert.Equal(first.Length, second.Length);
        double largest = 0;
        for (int i = 0; i < first.Length; i++)
            largest = Math.Max(largest, Math.Abs(first[i] - second[i]));
        return largest;
    }
}
