using Castalia.Data;
using Castalia.Formats;
using Castalia.Testing;

namespace Castalia.Training.Tests;

/// <summary>A run that was stopped, in whatever way, ends in the same bits as one that was not.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _tokens;
    private readonly PackedDataset _samples;

    public ResumeTests()
    {
        _tokens = SmallRuns.WriteTokens(_folder["tokens"]);
        _samples = SmallRuns.Open(_tokens, samples: 192);
    }

    public void Dispose()
    {
        _samples.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    public void Cancelled_at_random_steps(TrainingPrecision precision)
    {
        TrainingJob whole = Job("whole", precision), stopped = Job("stopped", precision);
        Trainer.Run(whole);
        var random = new Random(7);
        int stops = 0;
        while (true)
        {
            using var stop = new CancellationTokenSource();
            int steps = random.Next(1, 6);
            try
            {
                Trainer.Run(stopped, new EveryStep(_ => { if (--steps == 0) stop.Cancel(); }), stop.Token);
                break;
            }
            catch (OperationCanceledException error)
            {
                Assert.Contains("Run the same command again", error.Message);
                stops++;
            }
        }
        Assert.InRange(stops, 4, 24);
        AssertSameRun(whole, stopped);
    }

    [Fact]
    public void Dead_at_random_steps_with_a_state_for_resuming_after_every_step()
    {
        TrainingJob whole = Job("whole"), dead = Job("dead");
        Trainer.Run(whole);
        var random = new Random(8);
        var clock = new SteppingClock();
        List<long> begun = [];
        while (true)
        {
            int steps = random.Next(1, 8);
            long? first = null;
            try
            {
                // An exception out of the loop leaves what a kill at that point leaves.
                Trainer.Run(dead, new EveryStep(step =>
                {
                    first ??= step;
                    clock.Advance(TimeSpan.FromHours(1));
                    if (--steps == 0)
                        throw new TimeoutException();
                }), clock, CancellationToken.None);
                begun.Add(first!.Value);
                break;
            }
            catch (TimeoutException)
            {
                begun.Add(first!.Value);
                Assert.Equal(first, begun.Max()); // every life goes on from where the one before was, or one step before
            }
        }
        Assert.Equal(begun.Order(), begun);
        AssertSameRun(whole, dead);
    }

    [Fact]
    public async Task Killed_at_random_instants()
    {
        TrainingJob whole = Job("whole") with { Options = KilledRun.Options };
        Trainer.Run(whole);
        TrainingJob killed = whole with { OutputFolder = _folder["killed"] };
        var random = new Random(9);
        int kills = 0;
        for (int life = 0; life < 6; life++)
            kills += await KilledRun.StartAndKill(_tokens, killed.OutputFolder, random.Next(1, 9), TimeSpan.FromMilliseconds(random.Next(0, 25))) ? 1 : 0;
        Assert.InRange(kills, 3, 6);
        Trainer.Run(killed);
        AssertSameRun(whole, killed);
    }

    [Fact]
    public async Task A_full_disk_stops_the_run_and_leaves_nothing_half_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The size of files is limited by the shell here.");
        TrainingJob whole = Job("whole") with { Options = KilledRun.Options };
        Trainer.Run(whole);
        TrainingJob full = whole with { OutputFolder = _folder["full"] };
        (int exitCode, string errors) = await KilledRun.RunWithFullDisk(_tokens, full.OutputFolder, kibibytes: 100); // less than the weights
        Assert.Equal(1, exitCode);
        Assert.Contains("full", errors);
        Assert.Empty(new RunFolder(full.OutputFolder).Steps());
        Assert.False(File.Exists(new RunFolder(full.OutputFolder).Result));
        Trainer.Run(full);
        AssertSameRun(whole, full);
    }

    [Fact]
    public void A_run_that_has_ended_is_found_so()
    {
        TrainingJob job = Job("model");
        TrainingResult first = Trainer.Run(job);
        TrainingResult second = Trainer.Run(job, new EveryStep(_ => Assert.Fail("a step was made")));
        Assert.Equal(first.WeightsHash, second.WeightsHash);
        Assert.Equal(first.MetricsHash, second.MetricsHash);
    }

    [Fact]
    public void A_checkpoint_that_was_deleted_is_made_again()
    {
        TrainingJob whole = Job("whole"), mended = Job("mended");
        Trainer.Run(whole);
        Trainer.Run(mended);
        Directory.Delete(new RunFolder(mended.OutputFolder).Checkpoint(4), recursive: true);
        List<long> steps = [];
        Trainer.Run(mended, new EveryStep(steps.Add));
        Assert.Equal(3, steps[0]);
        AssertSameRun(whole, mended);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("config.json")]
    public void A_flipped_byte_is_found_and_named_and_the_run_goes_on_from_the_checkpoint_before(string file)
    {
        TrainingJob whole = Job("whole"), damaged = Job("damaged");
        Trainer.Run(whole);
        Trainer.Run(damaged);
        string folder = new RunFolder(damaged.OutputFolder).Checkpoint(24);
        string path = Path.Combine(folder, file);
        byte[] bytes = File.ReadAllBytes(path);
        string expected = ContentHash.OfBytes(bytes);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);

        InputException error = Assert.Throws<InputException>(() => Trainer.Run(damaged));
        Assert.Equal(path, error.File);
        Assert.Contains($"expected SHA-256 {expected}, found {ContentHash.OfBytes(bytes)}", error.Problem);
        Assert.Contains($"Delete {folder}", error.Remedy);

        Directory.Delete(folder, recursive: true);
        List<long> steps = [];
        Trainer.Run(damaged, new EveryStep(steps.Add));
        Assert.Equal(17, steps[0]);
        AssertSameRun(whole, damaged);
    }

    [Theory]
    [InlineData("\"step\": 24", "\"step\": 25", "do not belong together")]
    [InlineData("\"learning_rate\": 0.01", "\"learning_rate\": 0.02", "options_hash")]
    [InlineData("model.safetensors", "../odel.safetensors", "names of files in this folder")]
    [InlineData("{", "[", "expected a checkpoint's record")]
    [InlineData("castalia-checkpoint-1", "castalia-checkpoint-2", "expected format")]
    public void A_record_that_was_tampered_with_is_refused(string from, string to, string problem)
    {
        TrainingJob job = Job("model");
        Trainer.Run(job);
        string record = Path.Combine(new RunFolder(job.OutputFolder).Checkpoint(24), CheckpointRecord.FileName);
        string text = File.ReadAllText(record);
        Assert.Contains(from, text);
        File.WriteAllText(record, text.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(problem, Assert.Throws<InputException>(() => Trainer.Run(job)).Problem);
    }

    [Fact]
    public void Another_run_does_not_go_on_in_this_runs_folder()
    {
        TrainingJob job = Job("model");
        Trainer.Run(job);
        Assert.Contains("learning_rate 0.01, and now 0.02", Refusal(job with { Options = job.Options with { LearningRate = 0.02 } }));
        Assert.Contains("another model", Refusal(job with { Model = SmallRuns.Model(hidden: 64) }));
        Assert.Contains("weights drawn otherwise", Refusal(job with { Initialization = Models.WeightInit.Normal }));
        using PackedDataset other = SmallRuns.Open(SmallRuns.WriteTokens(_folder["other"], seed: 3), samples: 192);
        Assert.Contains("other data", Refusal(job with { Samples = other }));

        static string Refusal(TrainingJob job) => Assert.Throws<InputException>(() => Trainer.Run(job)).Problem;
    }

    [Fact]
    public void Metrics_that_were_lost_are_missed()
    {
        TrainingJob job = Job("model");
        Trainer.Run(job);
        File.Delete(new RunFolder(job.OutputFolder).Metrics);
        Assert.Throws<InputException>(() => Trainer.Run(job));
    }

    [Fact]
    public void A_folder_in_use_is_refused()
    {
        TrainingJob job = Job("model");
        using FolderLock held = FolderLock.Acquire(job.OutputFolder);
        Assert.Contains("in use", Assert.Throws<InputException>(() => Trainer.Run(job)).Problem);
    }

    private TrainingJob Job(string name, TrainingPrecision precision = TrainingPrecision.BFloat16)
    {
        TrainingJob job = SmallRuns.Job(_samples, _folder[name]);
        return job with { Options = job.Options with { Precision = precision } };
    }

    // The same files with the same bytes, but for timing.
    private static void AssertSameRun(TrainingJob expected, TrainingJob found)
    {
        RunFolder first = new(expected.OutputFolder), second = new(found.OutputFolder);
        Assert.Equal(MetricsFile.Hash(first.Metrics), MetricsFile.Hash(second.Metrics));
        TrainingResult a = TrainingResult.Read(first.Result), b = TrainingResult.Read(second.Result);
        Assert.Equal((a with { Timing = b.Timing }).ToJson(), b.ToJson());
        Assert.Equal(Hashes(first.Checkpoints), Hashes(second.Checkpoints));
        Assert.False(Directory.Exists(second.Resume));

        static (string, string)[] Hashes(string folder) =>
            [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(file => (Path.GetRelativePath(folder, file), ContentHash.OfFile(file)))];
    }

    private sealed class SteppingClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
