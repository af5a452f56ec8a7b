using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// Causal self-attention of whole sequences, for training and scoring: blocks of queries against only the keys they can see, so that
/// half the work of a masked product is never done. bf16 or fp32, forward and backward.
/// </summary>
public static unsafe class CausalAttention
{
    /// <summary>Attention of every token to itself and those before it.</summary>
    /// <param name="query"><c>[batch, heads, tokens, dimensions]</c></param>
    /// <param name="key">The same shape and type.</param>
    /// <param name="value">The same shape and type.</param>
    /// <param name="scoring">How scores come from products; null for scaled by <c>1 / sqrt(dimensions)</c> and nothing else.</param>
    /// <returns><c>[batch, heads, tokens, dimensions]</c></returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor Apply(Tensor query, Tensor key, Tensor value, AttentionScoring? scoring = null)
    {
        Validate(query, key, value);
        scoring ??= AttentionScoring.Plain;
        RequireSlopes(scoring, query.shape[1]);
        if (query.device_type != DeviceType.CPU)
            return PlainApply(query, key, value, scoring);
        return is_grad_enabled() && (query.requires_grad || key.requires_grad || value.requires_grad)
            ? HeadsFunction.apply(query, key, value, scoring)
            : HeadsFunction.Compute(query, key, value, scoring, null);
    }

    /// <summary>
    /// Attention from a fused projection to the heads' merged output: rotation, attention and both changes of layout as one function.
    /// </summary>
    /// <param name="projection">
    /// Group after group: the queries of a group, its key, its value. With as many key heads as query heads that is GPT-NeoX's order of
    /// query, key and value of each head after one another. <c>[batch, tokens, key heads * (heads / key heads + 2) * dimensions]</c>
    /// </param>
    /// <param name="heads">The number of query heads.</param>
    /// <param name="rotary">The angles, or null where positions enter otherwise.</param>
    /// <param name="scoring">How scores come from products; null for scaled by <c>1 / sqrt(dimensions)</c> and nothing else.</param>
    /// <param name="keyHeads">The number of heads of keys and values, which divides <paramref name="heads"/>; null for the same number.</param>
    /// <returns><c>[batch, tokens, heads * dimensions]</c></returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit, or the table has too few positions.</exception>
    public static Tensor FromFusedProjection(Tensor projection, int heads, RotaryTable? rotary, AttentionScoring? scoring = null, int? keyHeads = null)
    {
        HeadGroups groups = new(heads, keyHeads ?? heads);
        scoring ??= AttentionScoring.Plain;
        RequireSlopes(scoring, heads);
        if (projection.dim() != 3 || projection.shape[2] % groups.Parts != 0)
        {
            throw new ArgumentException($"Expected [batch, tokens, {groups.Parts} (queries, keys and values) * dimensions], found [{string.Join(", ", projection.shape)}].",
                nameof(projection));
        }
        RequireFloat(projection);
        long dimensions = projection.shape[2] / groups.Parts;
        if (rotary is not null && (projection.shape[1] > rotary.Positions || dimensions < 2 * rotary.Pairs))
        {
            throw new ArgumentException($"The rotary table has {rotary.Positions} positions and {2 * rotary.Pairs} dimensions, "
                + $"needed are {projection.shape[1]} and at most {dimensions}.", nameof(rotary));
        }
        if (projection.device_type != DeviceType.CPU)
            return PlainFromFusedProjection(projection, heads, rotary, scoring, keyHeads);
        FusedHeads fused = new(projection.shape, groups, rotary, projection.dtype);
        return is_grad_enabled() && projection.requires_grad
            ? FusedProjectionFunction.apply(projection, fused, scoring)
            : FusedProjectionFunction.Compute(projection, fused, scoring, null);
    }

    /// <summary>The same as <see cref="Apply"/> by whole products and a mask, softmax in fp32: the reference it is tested against.</summary>
    public static Tensor PlainApply(Tensor query, Tensor key, Tensor value, AttentionScoring scoring)
    {
        using var scope = NewDisposeScope();
        long tokens = query.shape[2];
        Tensor scores = matmul(query, key.transpose(2, 3)).to(ScalarType.Float32) * scoring.ScaleFor(query.shape[3]); // [batch, heads, query, key]
        Tensor positions = arange(tokens, device: query.device), distance = positions.unsqueeze(0) - positions.unsqueeze(1); // [query, key]
        if (scoring.Slopes is not null)
            scores = scores + tensor(scoring.Slopes, device: query.device).view(-1, 1, 1) * distance;
        Tensor hidden = distance > 0;
        if (scoring.Window is int window)
            hidden = hidden | (distance <= -window);
        Tensor probabilities = scores.masked_fill(hidden, float.NegativeInfinity).softmax(-1).to(query.dtype);
        return matmul(probabilities, value).MoveToOuterDisposeScope();
    }

    /// <summary>The same as <see cref="FromFusedProjection"/> by the plain operations.</summary>
    public static Tensor PlainFromFusedProjection(Tensor projection, int heads, RotaryTable? rotary, AttentionScoring scoring, int? keyHeads = null)
    {
        using var scope = NewDisposeScope();
        (Tensor query, Tensor key, Tensor value) = SplitProjection(projection, heads, keyHeads ?? heads);
        if (rotary is not null)
        {
            query = Rotary.PlainApply(query, rotary);
            key = Rotary.PlainApply(key, rotary);
        }
        return PlainApply(query, RepeatHeads(key, heads), RepeatHeads(value, heads), scoring).transpose(1, 2).flatten(2).MoveToOuterDisposeScope();
    }

    /// <summary>The queries, keys and values of a fused projection, as <see cref="FromFusedProjection"/> takes it, by views where that is possible.</summary>
    /// <returns><c>[batch, heads, tokens, dimensions]</c> and twice <c>[batch, key heads, tokens, dimensions]</c></returns>
    public static (Tensor Query, Tensor Key, Tensor Value) SplitProjection(Tensor projection, int heads, int keyHeads)
    {
        HeadGroups groups = new(heads, keyHeads);
        Tensor parts = projection.view(projection.shape[0], projection.shape[1], keyHeads, groups.PerGroup + 2, -1); // [batch, tokens, key heads, parts, dimensions]
        Tensor query = parts.narrow(3, 0, groups.PerGroup);
        query = groups.PerGroup == 1 ? query.squeeze(3) : query.flatten(2, 3);
        return (query.transpose(1, 2), parts.select(3, groups.PerGroup).transpose(1, 2), parts.select(3, groups.PerGroup + 1).transpose(1, 2));
    }

    /// <summary>Every head of keys or values once for each query head that it serves.</summary>
    /// <param name="shared"><c>[batch, key heads, tokens, dimensions]</c></param>
    /// <param name="heads">The number of query heads.</param>
    /// <returns><c>[batch, heads, tokens, dimensions]</c>; the argument itself where there is nothing to repeat.</returns>
    public static Tensor RepeatHeads(Tensor shared, int heads)
    {
        long group = heads / shared.shape[1];
        return group == 1 ? shared : shared.unsqueeze(2).expand(-1, -1, group, -1, -1).flatten(1, 2);
    }

    private static void RequireSlopes(AttentionScoring scoring, long heads)
    {
        if (scoring.Slopes is { } slopes && slopes.Length != heads)
            throw new ArgumentException($"There are {slopes.Length} slopes for {heads} heads.", nameof(scoring));
        if (scoring.Window < 1)
            throw new ArgumentException($"The window is {scoring.Window}; expected at least 1.", nameof(scoring));
    }

    private static void Validate(Tensor query, Tensor key, Tensor value)
    {
        RequireFloat(query);
        if (query.dim() != 4 || !query.shape.SequenceEqual(key.shape) || !query.shape.SequenceEqual(value.shape)
            || query.dtype != key.dtype || query.dtype != value.dtype)
        {
            throw new ArgumentException("Expected query, key and value of one type and shape [batch, heads, tokens, dimensions], found "
                + string.Join(", ", new[] { query, key, value }.Select(t => $"{t.dtype} [{string.Join(", ", t.shape)}]")) + ".");
        }
    }

    private static void RequireFloat(Tensor tensor)
    {
        if (tensor.dtype is not (ScalarType.Float32 or ScalarType.BFloat16))
            throw new ArgumentException($"Attention is computed in fp32 or bf16, not {tensor.dtype}.");
    }

    private static Tensor FlattenHeads(Tensor heads)
    {
        using Tensor dense = heads.contiguous();
        return dense.view(heads.shape[0] * heads.shape[1], heads.shape[2], heads.shape[3]);
    }

    // Takes query, key and value over: [heads, tokens, dimensions], contiguous.
    private static Tensor Attend(Tensor query, Tensor key, Tensor value, AttentionScoring scoring, autograd.AutogradContext? context)
    {
        Tensor output = empty_like(query);
        Tensor[] probabilities = AttentionBlocks.Forward(query, key, value, output, scoring, keepProbabilities: context is not null);
        if (context is not null)
        {
            SavedTensors.Keep(context, [query, key, value, .. probabilities]);
            context.save_data("scale", (float)scoring.ScaleFor(query.shape[2]));
        }
        else
        {
            query.Dispose();
            key.Dispose();
            value.Dispose();
        }
        return output;
    }

    private sealed class HeadsFunction : autograd.SingleTensorFunction<HeadsFunction>
    {
        public override string Name => nameof(CausalAttention);

        /// <summary>The output; what the backward pass needs is left in the context, if there is one.</summary>
        public static Tensor Compute(Tensor query, Tensor key, Tensor value, AttentionScoring scoring, autograd.AutogradContext? context)
        {
            long[] shape = query.shape;
            Tensor output = Attend(FlattenHeads(query), FlattenHeads(key), FlattenHeads(value), scoring, context);
            using (output)
                return output.view(shape);
        }

        public override Tensor forward(autograd.AutogradContext context, params object[] arguments) =>
            Compute((Tensor)arguments[0], (Tensor)arguments[1], (Tensor)arguments[2], (AttentionScoring)arguments[3], context);

        public override List<Tensor?> backward(autograd.AutogradContext context, Tensor gradient)
        {
            Tensor[] saved = SavedTensors.Take(context);
            using Tensor query = saved[0];
            using Tensor key = saved[1];
            using Tensor value = saved[2];
            using Tensor outputGradient = FlattenHeads(gradient);
            using Tensor queryGradient = empty_like(query);
            using Tensor keyGradient = empty_like(key);
            using Tensor valueGradient = empty_like(value);
            AttentionBlocks.Backward(query, key, value, saved.AsSpan(3), outputGradient,
                queryGradient, keyGradient, valueGradient, (float)context.get_data("scale"));
            long[] shape = gradient.shape;
            gradient.Dispose();
            return BackwardOutputs.Return(queryGradient.view(shape), keyGradient.view(shape), valueGradient.view(shape), null);
        }
    }

    private sealed class FusedProjectionFunction : autograd.SingleTensorFunction<FusedProjectionFunction>
    {
        public override string Name => nameof(FromFusedProjection);

        /// <summary>The merged output; what the backward pass needs is left in the context, if there is one.</summary>
        public static Tensor Compute(Tensor projection, FusedHeads fused, AttentionScoring scoring, autograd.AutogradContext? context)
        {
            using Tensor dense = projection.contiguous();
            (Tensor query, Tensor key, Tensor value) = fused.Split(dense);
            using Tensor output = Attend(query, key, value, scoring, context);
            return fused.Merge(output);
        }

        public override Tensor forward(autograd.AutogradContext context, params object[] arguments)
        {
            FusedHeads fused = (FusedHeads)arguments[1];
            context.save_data(nameof(fused), fused);
            return Compute((Tensor)arguments[0], fused, (AttentionScoring)arguments[2], context);
        }

        public override List<Tensor?> backward(autograd.AutogradContext context, Tensor gradient)
        {
            Tensor[] saved = SavedTensors.Take(context);
            FusedHeads fused = (FusedHeads)context.get_data("fused");
            using Tensor query = saved[0];
            using Tensor key = saved[1];
            using Tensor value = saved[2];
            using Tensor outputGradient = fused.MergeBackward(gradient);
            gradient.Dispose();
            using Tensor queryGradient = empty_like(query);
            using Tensor keyGradient = empty_like(key);
            using Tensor valueGradient = empty_like(value);
            AttentionBlocks.Backward(query, key, value, saved.AsSpan(3), outputGradient,
                queryGradient, keyGradient, valueGradient, (float)context.get_data("scale"));
            return BackwardOutputs.Return(fused.SplitBackward(queryGradient, keyGradient, valueGradient), null, null);
        }
    }
}
