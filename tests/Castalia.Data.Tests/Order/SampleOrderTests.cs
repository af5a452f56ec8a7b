using Castalia.Formats;
using Castalia.Testing;
using CsCheck;

namespace Castalia.Data.Tests;

public sealed class SampleOrderTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, NeoxOrderCase.All.Count)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Order_equals_gpt_neox(int number)
    {
        NeoxOrderCase golden = NeoxOrderCase.All[number];
        using var folder = new TemporaryFolder();
        using SampleOrder order = SampleOrder.Open(golden.Sizes, golden.Options, folder["data"]);

        Assert.Equal(golden.NumEpochs, order.Epochs);
        Assert.Equal(golden.ShuffleIdx.Length, order.Samples);
        Assert.Equal(golden.DocIdx, Range(order.DocumentEntries).Select(order.DocumentAt));
        Assert.Equal(golden.SampleIdx.Select(pair => (pair[0], pair[1])), Range(order.Samples + 1).Select(order.SampleAt));
        Assert.Equal(golden.ShuffleIdx, Range(order.Samples).Select(order.ShuffledAt));
    }

    [Fact]
    public void Index_files_have_gpt_neox_names_and_types()
    {
        using var folder = new TemporaryFolder();
        NeoxOrderCase golden = NeoxOrderCase.All[0];
        SampleOrder.Open(golden.Sizes, golden.Options, folder["text_document"]).Dispose();

        string prefix = folder["text_document_train_0_indexmap_8ns_4sl_1234s"];
        Assert.Equal(
            [prefix + "_doc_idx.npy", prefix + "_order.json", prefix + "_sample_idx.npy", prefix + "_shuffle_idx.npy"],
            Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal));
        using NpyFile documents = NpyFile.Open<int>(prefix + "_doc_idx.npy", 1);
        using NpyFile samples = NpyFile.Open<int>(prefix + "_sample_idx.npy", 2);
        using NpyFile shuffle = NpyFile.Open<uint>(prefix + "_shuffle_idx.npy", 1);
        Assert.Equal([11, 2], samples.Shape);
    }

    [Fact]
    public void Pythias_own_sizes_are_planned_as_they_are_known()
    {
        // 143,000 steps of 1,024, blended with GPT-NeoX's margin; about 207 billion deduplicated tokens.
        var options = new SampleOrderOptions { SequenceLength = 2048, Samples = 147_164_160 };
        Assert.Equal("pile_train_0_indexmap_147164160ns_2048sl_1234s", options.IndexPrefix("pile"));
        SampleOrderPlan plan = SampleOrderPlan.For("pile", 134_318_121, 207_170_414_058, options);
        Assert.Equal(2, plan.Epochs);
        Assert.False(plan.WideSamples);
        Assert.False(plan.WideShuffle);
    }

    [Fact]
    public void Indices_widen_where_gpt_neox_widens_them()
    {
        SampleOrderPlan narrow = SampleOrderPlan.For("x", 1, 1_073_741_823, new SampleOrderOptions { SequenceLength = 1, Samples = 1 });
        SampleOrderPlan wide = SampleOrderPlan.For("x", 1, 1_073_741_824, new SampleOrderOptions { SequenceLength = 1, Samples = 1 });
        Assert.Equal((1_073_741_822, false), (narrow.Samples, narrow.WideSamples));
        Assert.Equal((1_073_741_823, true), (wide.Samples, wide.WideSamples));

        SampleOrderPlan below = SampleOrderPlan.For("x", 1, uint.MaxValue - 1L, new SampleOrderOptions { SequenceLength = 1, Samples = 1 });
        SampleOrderPlan from = SampleOrderPlan.For("x", 1, uint.MaxValue, new SampleOrderOptions { SequenceLength = 1, Samples = 1 });
        Assert.Equal((uint.MaxValue - 2L, false), (below.Samples, below.WideShuffle));
        Assert.Equal((uint.MaxValue - 1L, true), (from.Samples, from.WideShuffle));
    }

    [Fact]
    public void An_order_that_is_up_to_date_is_not_built_again()
    {
        using var folder = new TemporaryFolder();
        NeoxOrderCase golden = NeoxOrderCase.All[2];
        SampleOrder.Open(golden.Sizes, golden.Options, folder["data"]).Dispose();
        DateTime[] before = WriteTimes(folder);
        Thread.Sleep(20);
        SampleOrder.Open(golden.Sizes, golden.Options, folder["data"]).Dispose();
        Assert.Equal(before, WriteTimes(folder));
    }

    [Fact]
    public void Files_that_gpt_neox_made_are_used_as_they_are()
    {
        using var folder = new TemporaryFolder();
        NeoxOrderCase golden = NeoxOrderCase.All[1];
        SampleOrder.Open(golden.Sizes, golden.Options, folder["data"]).Dispose();
        File.Delete(golden.Options.IndexPrefix(folder["data"]) + SampleOrder.NoteEnding);
        DateTime[] before = WriteTimes(folder);
        using SampleOrder order = SampleOrder.Open(golden.Sizes, golden.Options, folder["data"]);
        Assert.Equal(before, WriteTimes(folder));
        Assert.Equal(golden.ShuffleIdx, Range(order.Samples).Select(order.ShuffledAt));
    }

    [Fact]
    public void Other_documents_of_the_same_total_are_noticed()
    {
        using var folder = new TemporaryFolder();
        var options = new SampleOrderOptions { SequenceLength = 4, Samples = 3 };
        SampleOrder.Open(new int[] { 5, 3, 9 }, options, folder["data"]).Dispose();
        using SampleOrder order = SampleOrder.Open(new int[] { 9, 5, 3 }, options, folder["data"]);
        using SampleOrder fresh = SampleOrder.Open(new int[] { 9, 5, 3 }, options, folder["fresh"]);
        Assert.Equal(Range(fresh.Samples + 1).Select(fresh.SampleAt), Range(order.Samples + 1).Select(order.SampleAt));
    }

    [Theory]
    [InlineData(SampleOrder.DocumentEnding)]
    [InlineData(SampleOrder.SampleEnding)]
    [InlineData(SampleOrder.ShuffleEnding)]
    [InlineData(SampleOrder.NoteEnding)]
    public void A_damaged_index_file_is_made_again(string ending)
    {
        using var folder = new TemporaryFolder();
        NeoxOrderCase golden = NeoxOrderCase.All[2];
        SampleOrder.Open(golden.Sizes, golden.Options, folder["data"]).Dispose();
        string path = golden.Options.IndexPrefix(folder["data"]) + ending;
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        SampleOrder.Open(golden.Sizes, golden.Options, folder["data"]).Dispose();
        Assert.Equal(whole, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_dataset_too_small_for_one_sample_is_refused()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<InputException>(() =>
            SampleOrder.Open(new int[] { 0, 0 }, new SampleOrderOptions { SequenceLength = 8, Samples = 1 }, folder["data"]));
        Assert.Contains("0 tokens", error.Message);
    }

    [Fact]
    public void A_cancelled_build_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => SampleOrder.Open(
            NeoxOrderCase.All[2].Sizes, NeoxOrderCase.All[2].Options, folder["data"], null, source.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Both_shuffles_are_permutations_and_enough_samples_come_out()
    {
        Gen.Select(Gen.Int[0, 40].Array[1, 30], Gen.Int[1, 20], Gen.Int[0, 60], Gen.UInt).Sample((sizes, sequence, wanted, seed) =>
        {
            if (sizes.Sum() == 0)
                return;
            using var folder = new TemporaryFolder();
            var options = new SampleOrderOptions { SequenceLength = sequence, Samples = Math.Max(1, wanted), Seed = seed };
            using SampleOrder order = SampleOrder.Open(sizes, options, folder["data"]);
            Assert.True(order.Samples >= options.Samples);
            Assert.True(order.Epochs == 1 || (((order.Epochs - 1L) * sizes.Sum()) - 1) / sequence < options.Samples);
            Assert.Equal(Range(order.Samples), Range(order.Samples).Select(order.ShuffledAt).Order());
            Assert.Equal(
                Enumerable.Range(0, sizes.Length).SelectMany(document => Enumerable.Repeat(document, order.Epochs)),
                Range(order.DocumentEntries).Select(order.DocumentAt).Order());
        }, iter: 60);
    }

    private static IEnumerable<long> Range(long count)
    {
        for (long i = 0; i < count; i++)
            yield return i;
    }

    private static DateTime[] WriteTimes(TemporaryFolder folder) =>
        [.. Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal).Select(File.GetLastWriteTimeUtc)];
}
