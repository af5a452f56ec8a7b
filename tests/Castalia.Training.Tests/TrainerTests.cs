using Castalia.Data;
using Castalia.Formats;
using Castalia.Models;
using Castalia.Testing;

namespace Castalia.Training.Tests;

public sealed class TrainerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PackedDataset _samples;

    public TrainerTests() => _samples = SmallRuns.Open(SmallRuns.WriteTokens(_folder["tokens"]));

    public void Dispose()
    {
        _samples.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_run_leaves_its_metrics_its_checkpoints_and_its_result()
    {
        TrainingJob job = SmallRuns.Job(_samples, _folder["model"]);
        TrainingResult result = Trainer.Run(job);
        RunFolder run = new(job.OutputFolder);

        StepMetrics[] metrics = [.. MetricsFile.Read(run.Metrics)];
        Assert.Equal(Enumerable.Range(1, 24).Select(step => (long)step), metrics.Select(m => m.Step));
        Assert.All(metrics, m => Assert.Equal(m.Step * 64, m.Tokens));
        Assert.All(metrics, m => Assert.Equal(LearningRateSchedule.Of(job.Options).RateAfter(m.Step - 1), m.LearningRate));
        Assert.True(metrics[^1].Loss < metrics[0].Loss - 0.5, $"The loss went from {metrics[0].Loss} to {metrics[^1].Loss}.");

        Assert.Equal([0L, 1, 2, 4, 8, 16, 24], run.Steps());
        Assert.All(run.Steps(), step => Assert.Equal(step, Checkpoint.Verify(run.Checkpoint(step)).Step));
        Assert.Equal("step16", CheckpointRecord.Read(run.Checkpoint(24)).Previous);
        Assert.Equal(96, CheckpointRecord.Read(run.Checkpoint(24)).NextSample);
        Assert.Empty(Directory.EnumerateFileSystemEntries(run.Path, "*.partial", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(run.Resume));

        Assert.Equal(ContentHash.OfFile(Path.Combine(run.Checkpoint(24), "model.safetensors")), result.WeightsHash);
        Assert.Equal(MetricsFile.Hash(run.Metrics), result.MetricsHash);
        Assert.Equal(metrics[^1].Loss, result.FinalLoss);
        Assert.Equal(result.ToJson(), TrainingResult.Read(run.Result).ToJson());
    }

    [Fact]
    public void Step_0_is_the_model_as_it_was_drawn_and_the_first_update_of_Pythias_schedule_changes_nothing()
    {
        TrainingJob job = SmallRuns.Job(_samples, _folder["model"]);
        Trainer.Run(job);
        RunFolder run = new(job.OutputFolder);
        using Transformer first = HuggingFaceFolder.Load(run.Checkpoint(0));
        using TransformerWeights drawn = WeightInit.Pythia.Create(job.Model, job.Options.Seed);
        Assert.True(first.Weights.Flat.Flat.bytes.SequenceEqual(drawn.Flat.Flat.bytes));
        Assert.Equal(WeightsHash(run, 0), WeightsHash(run, 1)); // rate 0
        Assert.NotEqual(WeightsHash(run, 1), WeightsHash(run, 2));
    }

    [Fact]
    public void Two_sizes_see_the_same_batches_in_the_same_order()
    {
        TrainingJob small = SmallRuns.Job(_samples, _folder["small"]);
        TrainingJob large = SmallRuns.Job(_samples, _folder["large"], SmallRuns.Model(hidden: 64, layers: 3));
        TrainingResult first = Trainer.Run(small);
        TrainingResult second = Trainer.Run(large);
        string[] batches = BatchHashes(small);
        Assert.Equal(batches, BatchHashes(large));
        Assert.Equal(24, batches.Distinct().Count());
        Assert.NotEqual(first.WeightsHash, second.WeightsHash);

        // The hash is of the samples' token ids in GPT-NeoX's order.
        byte[] bytes = new byte[4 * 17 * sizeof(int)];
        for (int row = 0; row < 4; row++)
        {
            int[] tokens = new int[17];
            _samples.GetSample(4 * 5 + row, tokens);
            Buffer.BlockCopy(tokens, 0, bytes, row * 17 * sizeof(int), 17 * sizeof(int));
        }
        Assert.Equal(ContentHash.OfBytes(bytes), batches[5]);

        static string[] BatchHashes(TrainingJob job) => [.. MetricsFile.Read(new RunFolder(job.OutputFolder).Metrics).Select(m => m.BatchHash)];
    }

    [Fact]
    public void The_validation_loss_is_that_of_the_checkpoint()
    {
        using PackedDataset validation = SmallRuns.Open(SmallRuns.WriteTokens(_folder["tokens"], "validation", seed: 2), samples: 8);
        TrainingJob job = SmallRuns.Job(_samples, _folder["model"]) with { Validation = validation };
        job = job with { Options = job.Options with { ValidationBatches = 2 } };
        TrainingResult result = Trainer.Run(job);
        RunFolder run = new(job.OutputFolder);

        Assert.Equal([1L, 2, 4, 8, 16, 24], MetricsFile.Read(run.Metrics).Where(m => m.ValidationLoss is not null).Select(m => m.Step));
        using Transformer last = HuggingFaceFolder.Load(run.Checkpoint(24));
        using var step = new TrainingStep(last.Weights.To(last.Weights.DType), job.Options);
        double loss = 0;
        for (int batch = 0; batch < 2; batch++)
        {
            int[] tokens = new int[4 * 17];
            for (int row = 0; row < 4; row++)
                validation.GetSample(batch * 4 + row, tokens.AsSpan(row * 17, 17));
            loss += step.Loss(tokens) / 2;
        }
        Assert.Equal(loss, result.ValidationLoss);
        Assert.True(CheckpointRecord.Read(run.Checkpoint(0)).ValidationLoss > loss + 0.5);
    }

    [Fact]
    public void The_tokenizer_goes_into_every_checkpoint()
    {
        string tokenizer = _folder["tokenizer.json"];
        File.WriteAllText(tokenizer, "{}");
        TrainingJob job = SmallRuns.Job(_samples, _folder["model"]) with { TokenizerPath = tokenizer };
        Trainer.Run(job);
        RunFolder run = new(job.OutputFolder);
        Assert.All(run.Steps(), step => Assert.Contains("tokenizer.json", CheckpointRecord.Read(run.Checkpoint(step)).Files.Keys));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(run.Checkpoint(8), "tokenizer.json")));
    }

    [Fact]
    public void A_loss_that_is_not_finite_stops_the_run_and_names_step_and_batch()
    {
        TrainingJob job = SmallRuns.Job(_samples, _folder["model"]);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Trainer.Run(job, new EveryStep(step => { if (step == 5) stop.Cancel(); }), stop.Token));

        // A NaN in the saved weights, with a record that says it belongs there.
        RunFolder run = new(job.OutputFolder);
        string weights = Path.Combine(run.Resume, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        string before = ContentHash.OfBytes(bytes);
        bytes.AsSpan(bytes.Length - 4).Fill(0xff);
        File.WriteAllBytes(weights, bytes);
        string record = Path.Combine(run.Resume, CheckpointRecord.FileName);
        File.WriteAllText(record, File.ReadAllText(record).Replace(before, ContentHash.OfBytes(bytes), StringComparison.Ordinal));

        for (int attempt = 0; attempt < 2; attempt++)
        {
            InputException error = Assert.Throws<InputException>(() => Trainer.Run(job));
            Assert.Equal("step 6", error.Place);
            Assert.Contains("the loss became NaN on batch ", error.Problem);
            Assert.Contains("samples 20 to 23", error.Problem);
            Assert.Equal(5, MetricsFile.Read(run.Metrics).Count());
            Assert.Equal([0L, 1, 2, 4], run.Steps());
        }
    }

    [Fact]
    public void Too_few_samples_are_refused_before_anything_is_trained()
    {
        TrainingJob job = SmallRuns.Job(_samples, _folder["model"]) with { Options = SmallRuns.Options with { Steps = 100_000 } };
        InputException error = Assert.Throws<InputException>(() => Trainer.Run(job));
        Assert.Contains("expected 400000 samples", error.Problem);
        Assert.False(Directory.Exists(new RunFolder(job.OutputFolder).Checkpoints));
    }

    [Fact]
    public void Tokens_outside_the_vocabulary_are_refused()
    {
        TrainingJob job = SmallRuns.Job(_samples, _folder["model"], SmallRuns.Model() with { VocabularySize = 32 });
        InputException error = Assert.Throws<InputException>(() => Trainer.Run(job));
        Assert.Contains("below the model's vocabulary size 32", error.Problem);
    }

    private static string WeightsHash(RunFolder run, long step) => CheckpointRecord.Read(run.Checkpoint(step)).Files[Checkpoint.WeightsFile];
}
