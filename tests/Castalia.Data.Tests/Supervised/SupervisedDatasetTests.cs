using Castalia.Formats;
using Castalia.Testing;

namespace Castalia.Data.Tests;

public sealed class SupervisedDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Epoch_after_epoch_every_row_comes_once_in_an_order_of_the_seed()
    {
        int[][] rows = [.. Enumerable.Range(1, 20).Select(i => new[] { i, 100 + i, 200 + i })];
        Write(rows, rows.Select(row => new[] { -100, row[1], row[2] }));
        int[] first = Order(seed: 7, 60), again = Order(seed: 7, 60), other = Order(seed: 8, 60);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        for (int epoch = 0; epoch < 3; epoch++)
            Assert.Equal(Enumerable.Range(1, 20), first[(epoch * 20)..((epoch + 1) * 20)].Order());
        Assert.NotEqual(first[..20], first[20..40]);

        // Any sample can be asked for first: the order is a function of its place.
        using SupervisedDataset data = SupervisedDataset.Open(_folder["rows"], 4, 7);
        int[] tokens = new int[5], labels = new int[5];
        data.Read(45, tokens, labels);
        Assert.Equal(first[45], tokens[0]);
        data.Read(3, tokens, labels);
        Assert.Equal([first[3], 100 + first[3], 200 + first[3], 0, 0], tokens);
        Assert.Equal([-100, 100 + first[3], 200 + first[3], -100, -100], labels);
        Assert.Equal((20, null, true), (data.Rows, data.Samples, data.HasLabels));

        int[] Order(long seed, int count)
        {
            using SupervisedDataset data = SupervisedDataset.Open(_folder["rows"], 4, seed);
            int[] tokens = new int[5], labels = new int[5];
            return [.. Enumerable.Range(0, count).Select(i =>
            {
                data.Read(i, tokens, labels);
                return tokens[0];
            })];
        }
    }

    [Fact]
    public void Labels_that_do_not_fit_are_refused()
    {
        Write([[1, 2]], [[-100, 3]]);
        Assert.Contains("the label of token 1 is 3; expected the token, 2, or -100", Fault().Problem, StringComparison.Ordinal);
        Write([[1, 2]], [[-100]]);
        Assert.Contains("2 tokens and 1 labels", Fault().Problem, StringComparison.Ordinal);
        Write([[1, 2], [1, 2]], [[-100, 2]]);
        Assert.Contains("found 2 and 1", Fault().Problem, StringComparison.Ordinal);
        Write([[1, 2, 3, 4, 5, 6]], [[-100, 2, 3, 4, 5, 6]]);
        Assert.Contains("6 tokens, and a sample has 5", Fault().Problem, StringComparison.Ordinal);
        Write([], []);
        Assert.Throws<InputException>(() => SupervisedDataset.Open(_folder["rows"], 4, 1));
        File.Delete(_folder["rows_label.idx"]);
        Assert.Throws<InputException>(() => SupervisedDataset.Open(_folder["rows"], 4, 1));

        InputException Fault() => Assert.Throws<InputException>(() =>
        {
            using SupervisedDataset data = SupervisedDataset.Open(_folder["rows"], 4, 1);
            data.Read(0, new int[5], new int[5]);
        });
    }

    private void Write(IEnumerable<int[]> tokens, IEnumerable<int[]> labels)
    {
        foreach ((string name, IEnumerable<int[]> rows) in new[] { ("rows", tokens), ("rows_label", labels) })
        {
            using MegatronDatasetWriter writer = MegatronDatasetWriter.Create(_folder[name], MegatronDType.Int32);
            foreach (int[] row in rows)
            {
                writer.AddSequence(row);
                writer.EndDocument();
            }
            writer.Commit();
        }
    }
}
