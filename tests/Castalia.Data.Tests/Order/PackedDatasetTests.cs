using System.Text.Json;
using Castalia.Formats;
using Castalia.Testing;
using CsCheck;

namespace Castalia.Data.Tests;

public sealed class PackedDatasetTests
{
    private static readonly SampleOrderOptions TinyOptions = new() { SequenceLength = 4, Samples = 8 };

    [Fact]
    public void Samples_equal_gpt_neox()
    {
        int[][] golden = JsonSerializer.Deserialize<int[][]>(File.ReadAllText(Fixtures.Path("data", "order", "tiny_samples_seq4_seed1234.json")))!;
        using var folder = new TemporaryFolder();
        using PackedDataset dataset = PackedDataset.Open(Fixtures.Path("data", "order", "tiny"), TinyOptions, folder["tiny"]);
        Assert.Equal(golden.Length, dataset.Count);
        Assert.Equal(golden, Enumerable.Range(0, golden.Length).Select(i => Sample(dataset, i)));
    }

    [Fact]
    public void The_index_one_past_the_count_is_the_last_sample_and_then_it_wraps()
    {
        using var folder = new TemporaryFolder();
        using PackedDataset dataset = PackedDataset.Open(Fixtures.Path("data", "order", "tiny"), TinyOptions, folder["tiny"]);
        Assert.Equal(9, dataset.Count);
        Assert.Equal(10, dataset.Order.Samples);
        Assert.DoesNotContain(Sample(dataset, 9), Enumerable.Range(0, 9).Select(i => Sample(dataset, i)));
        Assert.Equal(Sample(dataset, 1), Sample(dataset, 10));
        Assert.Equal(Sample(dataset, 1_000_000_000_007 % 9), Sample(dataset, 1_000_000_000_007));
    }

    [Fact]
    public void Index_files_are_kept_where_asked()
    {
        using var folder = new TemporaryFolder();
        PackedDataset.Open(Fixtures.Path("data", "order", "tiny"), TinyOptions, folder["order", "train"]).Dispose();
        Assert.Equal(4, Directory.GetFiles(folder["order"]).Length);
    }

    [Fact]
    public void Neighbouring_samples_share_one_token_and_follow_the_documents()
    {
        Gen.Select(Gen.Int[0, 30].Array[1, 20], Gen.Int[1, 12], Gen.Int[1, 40]).Sample((sizes, sequence, wanted) =>
        {
            if (sizes.Sum() == 0)
                return;
            using var folder = new TemporaryFolder();
            Write(folder["data"], sizes);
            var options = new SampleOrderOptions { SequenceLength = sequence, Samples = wanted, Seed = 3 };
            using PackedDataset dataset = PackedDataset.Open(folder["data"], options);

            List<int> stream = [];
            for (long i = 0; i < dataset.Order.DocumentEntries; i++)
                stream.AddRange(dataset.Tokens.Tokens(dataset.Order.DocumentAt(i)));
            for (long index = 0; index < dataset.Order.Samples; index++)
            {
                int start = (int)dataset.Order.ShuffledAt(index) * sequence;
                Assert.Equal(stream.GetRange(start, sequence + 1), Sample(dataset, index));
            }
        }, iter: 40);
    }

    [Fact]
    public void Index_files_of_other_tokens_are_an_error_and_no_wild_read()
    {
        using var folder = new TemporaryFolder();
        Write(folder["data"], [40]);
        var options = new SampleOrderOptions { SequenceLength = 4, Samples = 3 };
        PackedDataset.Open(folder["data"], options).Dispose();
        string prefix = options.IndexPrefix(folder["data"]);
        using (var writer = NpyWriter<uint>.Create(prefix + SampleOrder.ShuffleEnding, 9))
        {
            writer.Write([9, 9, 9, 9, 9, 9, 9, 9, 9]);
            writer.Commit();
        }
        using (PackedDataset dataset = PackedDataset.Open(folder["data"], options))
        {
            var error = Assert.Throws<InputException>(() => Sample(dataset, 0));
            Assert.Contains("do not fit the tokens", error.Message);
        }
        using (var writer = NpyWriter<int>.Create(prefix + SampleOrder.DocumentEnding, 1))
        {
            writer.Write([-1]);
            writer.Commit();
        }
        using (var writer = NpyWriter<uint>.Create(prefix + SampleOrder.ShuffleEnding, 9))
        {
            writer.Write([0, 1, 2, 3, 4, 5, 6, 7, 8]);
            writer.Commit();
        }
        using (PackedDataset dataset = PackedDataset.Open(folder["data"], options))
            Assert.Throws<InputException>(() => Sample(dataset, 0));
    }

    [Fact]
    public void A_span_of_another_length_is_refused()
    {
        using var folder = new TemporaryFolder();
        using PackedDataset dataset = PackedDataset.Open(Fixtures.Path("data", "order", "tiny"), TinyOptions, folder["tiny"]);
        Assert.Throws<ArgumentException>(() => dataset.GetSample(0, new int[4]));
    }

    private static int[] Sample(PackedDataset dataset, long index)
    {
        int[] tokens = new int[dataset.SequenceLength + 1];
        dataset.GetSample(index, tokens);
        return tokens;
    }

    // Every token of the dataset has a number of its own.
    private static void Write(string prefix, int[] sizes)
    {
        using MegatronDatasetWriter writer = MegatronDatasetWriter.Create(prefix, MegatronDType.UInt16);
        int next = 0;
        foreach (int size in sizes)
        {
            writer.AddSequence([.. Enumerable.Range(next, size)]);
            writer.EndDocument();
            next += size;
        }
        writer.Commit();
    }
}
