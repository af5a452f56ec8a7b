using static Castalia.Tensors.Tests.TensorAssert;
using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class PathAttentionTests
{
    // A walk through a tree: where each run begins, and the runs whose tokens stand before it.
    private static readonly (TokenRun Run, int[] Before)[] Walk =
    [
        (new(0, 37), []),
        (new(37, 1), [0]),
        (new(37, 6), [0]),
        (new(43, 90), [0, 2]),
        (new(20, 3), [0]),       // leaves the first run before its end
        (new(23, 1), [0, 4]),
        (new(0, 5), []),
    ];

    [Theory]
    [InlineData(ScalarType.Float32, 4, 4, 64, null, 3e-6)]
    [InlineData(ScalarType.Float32, 6, 2, 20, 9, 3e-6)]
    [InlineData(ScalarType.Float32, 4, 1, 80, 1, 3e-6)]
    [InlineData(ScalarType.Float32, 3, 3, 7, null, 3e-6)]
    [InlineData(ScalarType.BFloat16, 4, 2, 128, 33, 2e-2)]
    public void Every_path_equals_the_plain_attention_of_a_whole_sequence(ScalarType dtype, int heads, int keyHeads, int size, int? window, double tolerance)
    {
        using var scope = NewDisposeScope();
        int tokens = Walk.Sum(piece => piece.Run.Length);
        Tensor projection = Random([1, tokens, (heads + 2 * keyHeads) * size], dtype, 1);
        using RotaryTable half = RotaryTable.Standard(size / 4 * 2, 150), interleaved = RotaryTable.Standard(size / 4 * 2, 150, pairing: RotaryPairing.Interleaved);
        float[] slopes = [.. Enumerable.Range(0, heads).Select(head => MathF.Pow(2, -head))];
        foreach ((AttentionScoring scoring, RotaryTable? table) in ((AttentionScoring, RotaryTable?)[])
            [(new(Window: window), half), (new(Scale: 0.3, Window: window), interleaved), (new(Slopes: slopes, Window: window), null)])
        {
            Tensor packed = Packed(projection, heads, keyHeads, size, table, scoring);
            int first = 0;
            foreach ((TokenRun run, int[] before) in Walk)
            {
                Tensor own = projection.narrow(1, first, run.Length), path = before.Length == 0 ? own : cat([Whole(before, run.Start), own], 1);
                Tensor expected = CausalAttention.PlainFromFusedProjection(path.to(ScalarType.Float32), heads, table, scoring, keyHeads);
                Close(expected.narrow(1, run.Start, run.Length), packed.narrow(1, first, run.Length), tolerance);
                first += run.Length;
            }
        }

        Tensor Tokens(int index) => projection.narrow(1, Walk.Take(index).Sum(piece => piece.Run.Length), Walk[index].Run.Length);

        // The path's first tokens, of each run as many as stand before the next one.
        Tensor Whole(int[] before, int length) => cat([.. before.Select((index, i) =>
            Tokens(index).narrow(1, 0, (i + 1 < before.Length ? Walk[before[i + 1]].Run.Start : length) - Walk[index].Run.Start))], 1);
    }

    [Theory]
    [InlineData(ScalarType.Float32, null)]
    [InlineData(ScalarType.BFloat16, 10)]
    public void How_the_walk_is_cut_and_what_is_wanted_changes_no_bit(ScalarType dtype, int? window)
    {
        using var scope = NewDisposeScope();
        (int heads, int keyHeads, int size) = (4, 2, 32);
        int tokens = Walk.Sum(piece => piece.Run.Length);
        Tensor projection = Random([1, tokens, (heads + 2 * keyHeads) * size], dtype, 1);
        using RotaryTable table = RotaryTable.Standard(16, 150);
        var scoring = new AttentionScoring(Window: window);
        Tensor whole = Packed(projection, heads, keyHeads, size, table, scoring);
        foreach (int step in (int[])[1, 7, 64])
        {
            using var path = new PathStore(keyHeads, size, 150);
            var parts = new List<Tensor>();
            for (int from = 0; from < tokens; from += step)
            {
                int count = Math.Min(step, tokens - from);
                // Five tokens of padding behind, which give zeros.
                Tensor part = cat([projection.narrow(1, from, count), projection.narrow(1, 0, 5)], 1);
                int[] wanted = [.. Enumerable.Range(0, count).Where(i => (from + i) % 3 == 0), count + 4, count + 4];
                TokenRun[] cut = Cut(from, count);
                Tensor result = PathAttention.FromFusedProjection(part, heads, path, cut, table, scoring, wanted);
                Assert.Equal(0, result.narrow(1, wanted.Length - 2, 2).abs().max().to(ScalarType.Float32).item<float>());
                parts.Add(result.narrow(1, 0, wanted.Length - 2));
            }
            Same(whole.index_select(1, tensor(Enumerable.Range(0, tokens).Where(i => i % 3 == 0).Select(i => (long)i).ToArray())), cat([.. parts], 1));
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var scope = NewDisposeScope();
        using var path = new PathStore(2, 8, 10);
        Tensor projection = Random([1, 4, 6 * 8], ScalarType.Float32, 1);
        Assert.Throws<ArgumentException>(() => PathAttention.FromFusedProjection(projection, 2, path, [new(0, 5)], null));
        Assert.Throws<ArgumentException>(() => PathAttention.FromFusedProjection(projection, 2, path, [new(7, 4)], null));
        Assert.Throws<ArgumentException>(() => PathAttention.FromFusedProjection(projection, 2, path, [new(-1, 4)], null));
        Assert.Throws<ArgumentException>(() => PathAttention.FromFusedProjection(projection, 4, path, [new(0, 4)], null));
        Assert.Throws<ArgumentException>(() => PathAttention.FromFusedProjection(projection, 2, path, [new(0, 4)], null, null, [2, 1]));
        Assert.Throws<ArgumentException>(() => PathAttention.FromFusedProjection(projection, 2, path, [new(0, 4)], null, null, [4]));
        using RotaryTable table = RotaryTable.Standard(4, 3);
        Assert.Throws<ArgumentException>(() => PathAttention.FromFusedProjection(projection, 2, path, [new(0, 4)], table));
    }

    private static Tensor Packed(Tensor projection, int heads, int keyHeads, int size, RotaryTable? table, AttentionScoring scoring)
    {
        using var path = new PathStore(keyHeads, size, 150);
        return PathAttention.FromFusedProjection(projection, heads, path, [.. Walk.Select(piece => piece.Run)], table, scoring);
    }

    private static TokenRun[] Cut(int from, int count)
    {
        var runs = new List<TokenRun>();
        int first = 0;
        foreach ((TokenRun run, _) in Walk)
        {
            int begin = Math.Max(first, from), end = Math.Min(first + run.Length, from + count);
            if (begin < end)
                runs.Add(new TokenRun(run.Start + begin - first, end - begin));
            first += run.Length;
        }
        return [.. runs];
    }
}
