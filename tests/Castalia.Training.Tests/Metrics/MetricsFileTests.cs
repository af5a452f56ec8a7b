using Castalia.Testing;

namespace Castalia.Training.Tests;

public sealed class MetricsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["metrics.jsonl"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read_back()
    {
        StepMetrics[] written = [Step(1), Step(2) with { ValidationLoss = 3.25 }, Step(3)];
        Write(0, written);
        Assert.Equal(written, MetricsFile.Read(File));
    }

    [Fact]
    public void The_hash_leaves_timing_out_and_nothing_else()
    {
        Write(0, Step(1), Step(2));
        string first = MetricsFile.Hash(File);
        Write(0, Step(1), Step(2) with { Timing = new StepTiming(9, 8, 0.25, 6, 5) });
        Assert.Equal(first, MetricsFile.Hash(File));
        Write(0, Step(1), Step(2) with { Loss = Math.BitIncrement(Step(2).Loss) });
        Assert.NotEqual(first, MetricsFile.Hash(File));
    }

    [Fact]
    public void A_torn_last_line_is_not_read_and_is_cut_off_on_resuming()
    {
        Write(0, Step(1), Step(2));
        System.IO.File.AppendAllText(File, "{\"step\":3,\"tok");
        Assert.Equal(2, MetricsFile.Read(File).Count());
        Write(2, Step(3));
        Assert.Equal([Step(1), Step(2), Step(3)], MetricsFile.Read(File));
    }

    [Fact]
    public void Resuming_cuts_back_to_the_checkpoints_step()
    {
        Write(0, Step(1), Step(2), Step(3), Step(4));
        Write(2, Step(3));
        Assert.Equal([Step(1), Step(2), Step(3)], MetricsFile.Read(File));
        Write(0);
        Assert.Empty(MetricsFile.Read(File));
    }

    [Fact]
    public void A_line_missing_before_the_checkpoint_is_refused_and_the_file_left_alone()
    {
        Write(0, Step(1), Step(3));
        byte[] before = System.IO.File.ReadAllBytes(File);
        InputException error = Assert.Throws<InputException>(() => Write(2));
        Assert.Contains("from 1 to 2", error.Problem);
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
    }

    [Theory]
    [InlineData("nonsense", "is not JSON")]
    [InlineData("[1]", "is not a JSON object")]
    [InlineData("{\"step\":1}", "lacks a field")]
    [InlineData("{\"step\":\"1\"}", "lacks a field")]
    public void A_line_that_is_not_metrics_is_named(string line, string found)
    {
        Write(0, Step(1));
        System.IO.File.AppendAllText(File, line + "\n");
        InputException error = Assert.Throws<InputException>(() => MetricsFile.Read(File).Count());
        Assert.Equal("line 2", error.Place);
        Assert.Contains(found, error.Problem);
    }

    [Fact]
    public void A_file_larger_than_the_read_buffer_is_read_whole()
    {
        StepMetrics[] written = [.. Enumerable.Range(1, 1000).Select(step => Step(step))];
        Write(0, written);
        Assert.Equal(written, MetricsFile.Read(File));
    }

    private static StepMetrics Step(long step) =>
        new(step, step * 2048, 8.0 / 3 / step, 1e-3 * step, 1.5, new string('a', 64), null, new StepTiming(0.25, 8192, 0.5, 0.125, 1L << 33));

    private void Write(long from, params StepMetrics[] steps)
    {
        using MetricsWriter writer = MetricsWriter.Open(File, from);
        foreach (StepMetrics step in steps)
            writer.Append(step);
    }
}
