using Castalia.Data;
using Castalia.Formats;
using Castalia.Models;
using Castalia.Tensors;
using Castalia.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Training.Tests;

/// <summary>Training that begins with a model of the zoo: labels, all weights or an adapter, stopped and gone on with.</summary>
public sealed class FineTuningTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Models =>
        ["gpt_neox_parallel", "gpt_neox_sequential", "gpt_neo", "gptj", "gpt2", "bloom_6heads", "opt", "opt_350m_style", "llama_gqa", "llama_rope_yarn"];

    public void Dispose() => _folder.Dispose();

    /// <summary>Against differences of the loss: each parameter moved along its gradient and against it.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void Every_parameter_of_every_architecture_gets_the_gradient_that_the_loss_has(string name)
    {
        TransformerWeights weights = HuggingFaceFolder.LoadWeights(Fixtures.Path("models", name));
        TrainingOptions options = Options with { GradientClip = 0, BatchSize = 4, MicroBatchSize = 2 };
        using var step = new TrainingStep(weights, options);
        (int[] tokens, int[] labels) = Rows(weights.Config.VocabularySize, options.BatchSize);
        Assert.True(step.Run(new TrainingBatch(tokens, labels), learningRate: 0).Applied);
        foreach (TensorSpec spec in weights.Flat.Specs)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGradient = no_grad();
            Tensor gradient = step.Gradients[spec.Name].clone(), parameter = weights[spec.Name].detach(), before = parameter.clone();
            double norm = gradient.norm().item<float>();
            Assert.True(norm > 1e-6, $"{spec.Name} has no gradient.");
            double distance = Math.Min(0.02, 0.02 / norm); // the loss changes by 0.04 at most, far above fp32's rounding of it
            Tensor direction = gradient / norm;
            parameter.add_(direction, distance);
            double above = step.Loss(new TrainingBatch(tokens, labels));
            parameter.copy_(before).add_(direction, -distance);
            double below = step.Loss(new TrainingBatch(tokens, labels));
            parameter.copy_(before);
            double found = (above - below) / (2 * distance);
            Assert.True(Math.Abs(found - norm) <= 0.02 * norm + 5e-5, $"{spec.Name}: along its gradient of length {norm:G4} the loss changes by {found:G4}.");
        }
    }

    /// <summary>Against autograd of PyTorch's own operations: attention by products under a tap, all logits at once.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void Gradients_are_those_of_plain_autograd(string name)
    {
        using TransformerWeights weights = HuggingFaceFolder.LoadWeights(Fixtures.Path("models", name));
        TrainingOptions options = Options with { GradientClip = 0, BatchSize = 2, MicroBatchSize = 2 };
        using var step = new TrainingStep(weights.To(ScalarType.Float32), options);
        (int[] tokens, int[] labels) = Rows(weights.Config.VocabularySize, options.BatchSize);
        StepOutcome outcome = step.Run(new TrainingBatch(tokens, labels), learningRate: 0);

        using DisposeScope scope = NewDisposeScope();
        using var plain = new Transformer(weights.To(ScalarType.Float32, requiresGrad: true));
        int row = options.SequenceLength + 1;
        Tensor ids = tensor(Array.ConvertAll(tokens, token => (long)token)).view(2, row), targets = tensor(Array.ConvertAll(labels, label => (long)label)).view(2, row);
        string[] places = [.. Enumerable.Range(0, weights.Config.Layers).Select(TapPlaces.AttentionPattern)];
        Tensor logits = plain.Logits(plain.Hidden(ids.narrow(1, 0, row - 1), new ForwardOptions { Tap = new Onlooker(places) }));
        Tensor loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.narrow(1, 1, row - 1).flatten(), ignore_index: -100);
        loss.backward();
        Assert.Equal(loss.item<float>(), outcome.Loss, 1e-5);
        foreach (TensorSpec spec in plain.Weights.Flat.Specs)
        {
            Tensor expected = plain.Weights[spec.Name].grad!, found = step.Gradients[spec.Name];
            double largest = expected.abs().max().item<float>(), difference = (expected - found).abs().max().item<float>();
            Assert.True(difference <= 1e-4 * largest + 1e-7, $"{spec.Name}: differs by {difference:E2} of {largest:E2}.");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void However_labels_are_spread_over_micro_batches_the_update_is_the_same(bool adapter)
    {
        const int Batch = 8;
        string folder = Fixtures.Path("models", "llama_gqa");
        (int[] tokens, int[] labels) = Rows(HuggingFaceFolder.LoadConfig(folder).VocabularySize, Batch);
        int row = Options.SequenceLength + 1;
        labels.AsSpan(row * 2, row).Fill(-100);              // a micro-batch of one without any label
        labels.AsSpan(row * 5, row - 1).Fill(-100);          // and one with a single label
        labels[row * 6 - 1] = tokens[row * 6 - 1];
        float[] whole = Update(8, out double loss);
        foreach (int microBatch in new[] { 4, 2, 1 })
        {
            float[] parts = Update(microBatch, out double other);
            Assert.Equal(loss, other, 1e-5);
            Assert.All(whole.Zip(parts), pair => Assert.Equal(pair.First, pair.Second, 2e-6f));
        }

        // The mean over all labels, by hand.
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = HuggingFaceFolder.Load(folder);
        Tensor ids = tensor(Array.ConvertAll(tokens, token => (long)token)).view(Batch, row), targets = tensor(Array.ConvertAll(labels, label => (long)label)).view(Batch, row);
        Tensor hidden = model.Hidden(ids.narrow(1, 0, row - 1));
        Assert.Equal(ChunkedCrossEntropy.PlainMean(hidden.flatten(0, 1), model.Weights.Unembedding, targets.narrow(1, 1, row - 1).flatten()).item<float>(), loss, 1e-5);

        float[] Update(int microBatch, out double loss)
        {
            TrainingOptions options = Options with { BatchSize = Batch, MicroBatchSize = microBatch, GradientClip = 0 };
            TransformerWeights weights = HuggingFaceFolder.LoadWeights(folder);
            using TrainingStep step = adapter ? new TrainingStep(weights, LoraAdapter.Create(weights.Config, Lora, 1), options) : new TrainingStep(weights, options);
            StepOutcome outcome = step.Run(new TrainingBatch(tokens, labels), learningRate: 0);
            Assert.True(outcome.Applied);
            loss = outcome.Loss;
            Assert.Equal(loss, step.Loss(new TrainingBatch(tokens, labels)), 1e-5);
            return step.Gradients.Flat.data<float>().ToArray(); // the optimizer has divided them by the number of passes
        }
    }

    [Fact]
    public void Padding_behind_the_last_label_is_not_computed_and_changes_nothing()
    {
        TransformerWeights weights = HuggingFaceFolder.LoadWeights(Fixtures.Path("models", "gpt_neox_parallel"));
        TrainingOptions options = Options with { BatchSize = 2, MicroBatchSize = 1 };
        using var step = new TrainingStep(weights, options);
        int row = options.SequenceLength + 1;
        int[] tokens = new int[2 * row], labels = new int[2 * row];
        Array.Fill(labels, -100);
        (tokens[0], tokens[1], tokens[2], labels[2]) = (5, 6, 7, 7);
        (tokens[row], tokens[row + 1], labels[row + 1]) = (8, 9, 9);
        double loss = step.Loss(new TrainingBatch(tokens, labels));
        tokens.AsSpan(3, row - 3).Fill(3);
        Assert.Equal(loss, step.Loss(new TrainingBatch(tokens, labels)));
        Assert.Equal(3, step.Run(new TrainingBatch(tokens, labels), 0).Positions);
        Array.Fill(labels, -100);
        Assert.Throws<ArgumentException>(() => step.Run(new TrainingBatch(tokens, labels), 0));
    }

    [Theory]
    [InlineData("full", TrainingPrecision.Float32)]
    [InlineData("full", TrainingPrecision.BFloat16)]
    [InlineData("lora", TrainingPrecision.Float32)]
    [InlineData("lora", TrainingPrecision.BFloat16)]
    public void A_stopped_run_ends_in_the_same_bits(string method, TrainingPrecision precision)
    {
        using SupervisedDataset samples = Samples();
        TrainingJob whole = Job(samples, "whole", method, precision), stopped = Job(samples, "stopped", method, precision);
        TrainingResult result = Trainer.Run(whole);
        Assert.True(MetricsFile.Read(new RunFolder(whole.OutputFolder).Metrics).Last().Loss < MetricsFile.Read(new RunFolder(whole.OutputFolder).Metrics).First().Loss - 0.1);
        var random = new Random(5);
        int stops = 0;
        while (true)
        {
            using var stop = new CancellationTokenSource();
            int steps = random.Next(1, 6);
            try
            {
                Trainer.Run(stopped, new TrainingSteps(() => { if (--steps == 0) stop.Cancel(); }), stop.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                stops++;
            }
        }
        Assert.InRange(stops, 2, 16);
        AssertSameFiles(whole.OutputFolder, stopped.OutputFolder);
        Assert.Equal([10L, 16], result.Checkpoints);
        Assert.Equal([10L, 16], new RunFolder(whole.OutputFolder).Steps());
    }

    [Fact]
    public void The_metrics_tell_the_labels_and_their_hash()
    {
        using SupervisedDataset samples = Samples();
        TrainingJob job = Job(samples, "model", "full", TrainingPrecision.Float32);
        Trainer.Run(job);
        StepMetrics[] metrics = [.. MetricsFile.Read(new RunFolder(job.OutputFolder).Metrics)];
        int row = Options.SequenceLength + 1;
        for (int step = 0; step < metrics.Length; step++)
        {
            int[] tokens = new int[4 * row], labels = new int[4 * row];
            for (int i = 0; i < 4; i++)
                samples.Read(step * 4 + i, tokens.AsSpan(i * row, row), labels.AsSpan(i * row, row));
            byte[] bytes = new byte[8 * 4 * row];
            Buffer.BlockCopy(tokens, 0, bytes, 0, bytes.Length / 2);
            Buffer.BlockCopy(labels, 0, bytes, bytes.Length / 2, bytes.Length / 2);
            Assert.Equal(ContentHash.OfBytes(bytes), metrics[step].BatchHash);
            Assert.Equal(labels.Count(label => label != -100), metrics[step].LearnedTokens);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Of_every_architecture_an_adapter_is_trained_and_nothing_else(string name)
    {
        using SupervisedDataset samples = Samples();
        TrainingJob job = Job(samples, "adapter", "lora", TrainingPrecision.BFloat16, name);
        byte[] before = Bytes(job.StartFrom!);
        TrainingResult result = Trainer.Run(job);
        Assert.Equal(before, Bytes(job.StartFrom!));
        string last = new RunFolder(job.OutputFolder).Checkpoint(16);
        Assert.False(File.Exists(Path.Combine(last, Checkpoint.WeightsFile)));
        CheckpointRecord record = Checkpoint.Verify(last);
        Assert.Equal(record.Files[PeftFolder.WeightsFile], result.WeightsHash);
        Assert.Equal(ContentHash.OfText($"config.json {ContentHash.OfFile(Path.Combine(job.StartFrom!, "config.json"))}\nmodel.safetensors {ContentHash.OfFile(Path.Combine(job.StartFrom!, "model.safetensors"))}\n"), record.Base);

        using LoraAdapter adapter = PeftFolder.Load(last, job.Model), drawn = LoraAdapter.Create(job.Model, Lora, job.Options.Seed);
        Assert.Equal(result.TrainedParameters, adapter.Flat.Count);
        foreach (TensorSpec spec in adapter.Flat.Specs)
            Assert.False(adapter.Flat[spec.Name].bytes.SequenceEqual(drawn.Flat[spec.Name].bytes), $"{spec.Name} was not trained.");
        using SafetensorsFile optimizer = SafetensorsFile.Open(Path.Combine(last, Checkpoint.OptimizerFile));
        Assert.Equal(2 * adapter.Flat.Specs.Count, optimizer.Tensors.Count);

        // What the trained adapter gives beside the base is what training saw.
        using Transformer model = HuggingFaceFolder.Load(job.StartFrom!);
        using var step = new TrainingStep(HuggingFaceFolder.LoadWeights(job.StartFrom!), adapter.To(ScalarType.Float32), job.Options with { Precision = TrainingPrecision.Float32 });
        int row = Options.SequenceLength + 1;
        int[] tokens = new int[4 * row], labels = new int[4 * row];
        for (int i = 0; i < 4; i++)
            samples.Read(i, tokens.AsSpan(i * row, row), labels.AsSpan(i * row, row));
        Assert.True(step.Loss(new TrainingBatch(tokens, labels)) < MetricsFile.Read(new RunFolder(job.OutputFolder).Metrics).First().Loss - 0.05);

        static byte[] Bytes(string folder) => File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
    }

    [Fact]
    public void A_run_begun_otherwise_does_not_go_on_in_this_runs_folder()
    {
        using SupervisedDataset samples = Samples();
        string copy = _folder["copy"];
        Directory.CreateDirectory(copy);
        foreach (string file in new[] { "config.json", "model.safetensors" })
            File.Copy(Fixtures.Path("models", "llama_gqa", file), Path.Combine(copy, file));
        TrainingJob job = Job(samples, "model", "lora", TrainingPrecision.Float32) with { StartFrom = copy };
        Trainer.Run(job);
        Assert.Contains("with another adapter", Refusal(job with { Lora = Lora with { Rank = 2 } }));
        Assert.Contains("with another adapter", Refusal(job with { Lora = null }));
        Assert.Contains("interval_checkpoints true, and now as usual", Refusal(job with { Options = job.Options with { IntervalCheckpoints = false } }));
        using (SupervisedDataset other = Samples(seed: 9))
            Assert.Contains("other data", Refusal(job with { Samples = other }));

        using (TransformerWeights weights = HuggingFaceFolder.LoadWeights(copy))
        {
            weights.Flat.Flat.mul_(1.5);
            HuggingFaceFolder.Save(weights, copy);
        }
        Assert.Contains("begun from another model", Refusal(job));
        Assert.Contains("none is named to start from", Refusal(job with { StartFrom = null, OutputFolder = _folder["none"] }));
        Assert.Contains("an adapter, not a model", Refusal(job with { StartFrom = new RunFolder(job.OutputFolder).Checkpoint(16), OutputFolder = _folder["none"] }));
        string gpt2 = Fixtures.Path("models", "gpt2");
        TransformerConfig learned = HuggingFaceFolder.LoadConfig(gpt2);
        Assert.Contains("learned", Refusal(job with { StartFrom = gpt2, Model = learned, Options = job.Options with { SequenceLength = learned.MaxPositions + 1 }, OutputFolder = _folder["none"] }));

        static string Refusal(TrainingJob job) => Assert.Throws<InputException>(() => Trainer.Run(job)).Problem;
    }

    private static TrainingOptions Options { get; } = new()
    {
        SequenceLength = 12,
        BatchSize = 4,
        MicroBatchSize = 2,
        Steps = 16,
        Precision = TrainingPrecision.Float32,
        Schedule = LearningRateRule.Cosine,
        LearningRate = 1e-2,
        Warmup = 0.1,
        WeightDecay = 0.01,
        CheckpointInterval = 10,
        IntervalCheckpoints = true,
        PeakTeraflops = 1,
    };

    private static LoraConfig Lora { get; } = new() { Rank = 4, Alpha = 16, TargetModules = [LoraConfig.AllLinear] };

    private TrainingJob Job(SupervisedDataset samples, string output, string method, TrainingPrecision precision, string model = "llama_gqa")
    {
        string folder = Fixtures.Path("models", model);
        return new TrainingJob("tuned", HuggingFaceFolder.LoadConfig(folder), Options with { Precision = precision }, samples, _folder[output])
        {
            StartFrom = folder,
            Lora = method == "lora" ? Lora : null,
        };
    }

    // Rows of several lengths: a prompt, and an answer in which every token follows from the one before.
    private SupervisedDataset Samples(int seed = 3)
    {
        string prefix = _folder[$"rows{seed}"];
        if (!File.Exists(prefix + ".idx"))
        {
            var random = new Random(seed);
            using MegatronDatasetWriter tokens = MegatronDatasetWriter.Create(prefix, MegatronDType.UInt16), labels = MegatronDatasetWriter.Create(prefix + "_label", MegatronDType.Int32);
            for (int row = 0; row < 30; row++)
            {
                int prompt = random.Next(1, 5), length = prompt + random.Next(1, 9);
                int[] all = new int[length], learned = new int[length];
                for (int i = 0; i < length; i++)
                {
                    all[i] = i < prompt ? random.Next(64) : (all[i - 1] * 5 + 3) % 64;
                    learned[i] = i < prompt ? -100 : all[i];
                }
                tokens.AddSequence(all);
                tokens.EndDocument();
                labels.AddSequence(learned);
                labels.EndDocument();
            }
            tokens.Commit();
            labels.Commit();
        }
        return SupervisedDataset.Open(prefix, Options.SequenceLength, seed: 1);
    }

    private static (int[] Tokens, int[] Labels) Rows(int vocabulary, int rows)
    {
        var random = new Random(2);
        int[] tokens = [.. Enumerable.Range(0, rows * (Options.SequenceLength + 1)).Select(_ => random.Next(vocabulary))];
        return (tokens, [.. tokens.Select((token, i) => i % (Options.SequenceLength + 1) < 3 ? -100 : token)]);
    }

    private static void AssertSameFiles(string first, string second)
    {
        Assert.Equal(MetricsFile.Hash(new RunFolder(first).Metrics), MetricsFile.Hash(new RunFolder(second).Metrics));
        Assert.Equal(Hashes(new RunFolder(first).Checkpoints), Hashes(new RunFolder(second).Checkpoints));
        Assert.False(Directory.Exists(new RunFolder(second).Resume));

        static (string, string)[] Hashes(string folder) =>
            [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(file => (Path.GetRelativePath(folder, file), ContentHash.OfFile(file)))];
    }

    // Told of the loading as well, which is no step.
    private sealed class TrainingSteps(Action action) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value)
        {
            if (value.Unit == "steps")
                action();
        }
    }

    // Looks at probabilities, so that they are computed by plain operations.
    private sealed class Onlooker(string[] places) : ITap
    {
        public bool Wants(string place) => places.Contains(place);

        public Tensor Visit(string place, Tensor value) => value;
    }
}
