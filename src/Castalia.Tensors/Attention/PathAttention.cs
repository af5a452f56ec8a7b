using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// Attention of the tokens of a tree of sequences, packed without padding in the order of a depth-first walk: each token attends to itself and to
/// those on the path that leads to it. Keys and values of a beginning that many sequences share are computed and kept once. Softmax in fp32; no
/// gradients; on CPUs.
/// </summary>
/// <remarks>
/// A token's result is the same, bit for bit, whatever stands beside it and however the walk is cut into passes: scores, sums and products go in
/// the order of the path's tokens.
/// </remarks>
public static class PathAttention
{
    /// <summary>
    /// Attention from a fused projection to the heads' merged output: run after run, its keys (turned by their positions) and values go onto the
    /// path, then its tokens attend.
    /// </summary>
    /// <param name="projection">
    /// As <see cref="CausalAttention.FromFusedProjection"/> takes it: the tokens of all runs one after the other, and then any number that are
    /// padding. <c>[1, tokens, key heads * (heads / key heads + 2) * head size]</c>
    /// </param>
    /// <param name="heads">The number of query heads.</param>
    /// <param name="path">Keys and values of the path so far, which the runs go on from and leave their own in.</param>
    /// <param name="runs">The pieces of the walk in their order.</param>
    /// <param name="rotary">The angles, or null where positions enter otherwise.</param>
    /// <param name="scoring">How scores come from products; null for scaled by <c>1 / sqrt(head size)</c> and nothing else.</param>
    /// <param name="wanted">The tokens whose results are asked for, in ascending order; null for all.</param>
    /// <returns><c>[1, tokens or wanted, heads * head size]</c>; zero for padding.</returns>
    /// <exception cref="ArgumentException">Shapes, types, runs or positions do not fit.</exception>
    public static Tensor FromFusedProjection(Tensor projection, int heads, PathStore path, ReadOnlySpan<TokenRun> runs, RotaryTable? rotary,
        AttentionScoring? scoring = null, int[]? wanted = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        scoring ??= AttentionScoring.Plain;
        Require(projection, heads, path, scoring);
        int tokens = (int)projection.shape[1];
        RequireRuns(runs, tokens, path, rotary);
        RequireWanted(wanted, tokens);
        using Tensor dense = projection.contiguous();
        Tensor output = zeros([1, wanted?.Length ?? tokens, (long)heads * path.HeadSize], dtype: projection.dtype);
        var plan = new PathPlan(dense, heads, path, runs.ToArray(), rotary, scoring, wanted, output);
        bool half = projection.dtype == ScalarType.BFloat16;
        // A head of keys goes through the whole walk by itself: its path stays in the cache.
        ParallelRows.For(path.KeyHeads, 1, (from, to) =>
        {
            for (int head = from; head < to; head++)
            {
                if (half)
                    PathAttentionKernel.Run<BFloat16Element>(plan, head);
                else
                    PathAttentionKernel.Run<Float32Element>(plan, head);
            }
        });
        return output;
    }

    private static void Require(Tensor projection, int heads, PathStore path, AttentionScoring scoring)
    {
        if (projection.dtype is not (ScalarType.Float32 or ScalarType.BFloat16) || projection.device_type != DeviceType.CPU)
            throw new ArgumentException($"Expected fp32 or bf16 on a CPU, found {projection.dtype} on {projection.device_type}.", nameof(projection));
        long[] shape = projection.shape;
        if (shape.Length != 3 || shape[0] != 1 || heads <= 0 || heads % path.KeyHeads != 0 || shape[2] != (heads + 2L * path.KeyHeads) * path.HeadSize)
        {
            throw new ArgumentException($"Expected [1, tokens, ({heads} + 2 * {path.KeyHeads} heads) * {path.HeadSize}], found [{string.Join(", ", shape)}].", nameof(projection));
        }
        if ((scoring.Slopes is { } slopes && slopes.Length != heads) || scoring.Window < 1)
            throw new ArgumentException($"Expected no slopes or {heads}, and a window of at least 1.", nameof(scoring));
    }

    private static void RequireRuns(ReadOnlySpan<TokenRun> runs, int tokens, PathStore path, RotaryTable? rotary)
    {
        int most = Math.Min(path.Capacity, rotary?.Positions ?? int.MaxValue);
        long sum = 0;
        foreach (TokenRun run in runs)
        {
            if (run.Start < 0 || run.Length < 1 || run.Length > most - run.Start)
                throw new ArgumentException($"A run of {run.Length} tokens from position {run.Start} on does not fit; there are {most} positions.", nameof(runs));
            sum += run.Length;
        }
        if (sum > tokens)
            throw new ArgumentException($"The runs have {sum} tokens; there are {tokens}.", nameof(runs));
        if (rotary is not null && 2 * rotary.Pairs > path.HeadSize)
            throw new ArgumentException($"The rotary table turns {2 * rotary.Pairs} dimensions of heads of {path.HeadSize}.", nameof(rotary));
    }

    private static void RequireWanted(int[]? wanted, int tokens)
    {
        for (int i = 0; i < wanted?.Length; i++)
        {
            if (wanted[i] < (i == 0 ? 0 : wanted[i - 1]) || wanted[i] >= tokens)
                throw new ArgumentException($"Token {wanted[i]} is asked for; expected ascending numbers below {tokens}.", nameof(wanted));
        }
    }
}

/// <summary>What all heads of one attention along paths share.</summary>
internal sealed unsafe class PathPlan(Tensor projection, int heads, PathStore path, TokenRun[] runs, RotaryTable? rotary, AttentionScoring scoring, int[]? wanted, Tensor output)
{
    private readonly nint _projection = (nint)Aten.Pointer(projection), _output = (nint)Aten.Pointer(output);
    private readonly nint _headBytes = path.HeadSize * (nint)projection.element_size();

    public PathStore Path => path;

    public TokenRun[] Runs => runs;

    /// <summary>Query heads that share a head of keys.</summary>
    public int Group { get; } = heads / path.KeyHeads;

    public int HeadSize { get; } = path.HeadSize;

    /// <summary>What products are multiplied by so that scores are powers of two.</summary>
    public float Scale { get; } = (float)(scoring.ScaleFor(path.HeadSize) * Math.Log2(Math.E));

    public float[]? Slopes => scoring.Slopes;

    public int Window { get; } = scoring.Window ?? int.MaxValue;

    /// <summary>The tokens whose results are asked for; null for all.</summary>
    public int[]? Wanted => wanted;

    public int Pairs { get; } = rotary?.Pairs ?? 0;

    public bool Interleaved { get; } = rotary?.Pairing == RotaryPairing.Interleaved;

    public float* Cosines { get; } = rotary is null ? null : (float*)Aten.Pointer(rotary.Cosines);

    public float* Sines { get; } = rotary is null ? null : (float*)Aten.Pointer(rotary.Sines);

    /// <summary>A head among those of a token's group: its queries, then its key and its value.</summary>
    public byte* Head(int token, int keyHead, int index) => (byte*)(_projection + ((nint)token * path.KeyHeads + keyHead) * (Group + 2) * _headBytes + index * _headBytes);

    /// <summary>Where a result goes. [results, heads, head size]</summary>
    public byte* Output(int result, int head) => (byte*)(_output + ((nint)result * heads + head) * _headBytes);
}
