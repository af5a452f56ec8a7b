using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Castalia.Models;

/// <summary>
/// The decoder-only transformer: tokens in, hidden states and logits out. What distinguishes the architectures is read off
/// <see cref="TransformerConfig"/>; the computation is here, and all of it. Computes in the element type of its weights.
/// </summary>
/// <param name="weights">The parameters. The transformer takes them over and disposes of them with itself.</param>
public sealed class Transformer(TransformerWeights weights) : IDisposable
{
    private readonly RotaryAngles _angles = new((RotaryPositions)weights.Config.Position, weights.Config.HeadSize, weights.Config.MaxPositions);

    /// <summary>The model's sizes and kinds.</summary>
    public TransformerConfig Config { get; } = weights.Config;

    /// <summary>The model's parameters.</summary>
    public TransformerWeights Weights { get; } = weights;

    /// <summary>The residual stream after the last block and the final norm: what <see cref="Logits"/> and the loss read.</summary>
    /// <param name="inputIds">Token ids, int64 [batch, sequence].</param>
    /// <param name="options">Padding, cache, taps; null for a plain pass, with gradients where the weights ask for them.</param>
    /// <returns>[batch, sequence, hidden], in the weights' type; the caller disposes of it.</returns>
    /// <exception cref="ArgumentException">The ids are not a matrix of tokens, or do not fit the mask or the cache.</exception>
    public Tensor Hidden(Tensor inputIds, ForwardOptions? options = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Pass pass = Begin(inputIds, options);

        Tensor x = pass.At(TapPlaces.Embedding, TokenEmbedding.Lookup(Weights.Embedding, inputIds)); // [batch, sequence, hidden]
        for (int layer = 0; layer < Config.Layers; layer++)
            x = Block(layer, x, pass);
        x = pass.At(TapPlaces.FinalNorm, Norm(x, Weights.FinalNorm));

        pass.Cache?.Advance(pass.Sequence);
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Scores of every token of the vocabulary as the next one.</summary>
    /// <param name="hidden">What <see cref="Hidden"/> gives, or any part of it, [..., hidden].</param>
    /// <returns>[..., vocabulary], in the weights' type; the caller disposes of it.</returns>
    public Tensor Logits(Tensor hidden) => F.linear(hidden, Weights.Unembedding);

    /// <summary>The final norm alone: with <see cref="Logits"/> it reads the residual stream of any layer as a distribution (the logit lens).</summary>
    /// <param name="residual">[..., hidden].</param>
    /// <returns>[..., hidden]; the caller disposes of it.</returns>
    public Tensor Normalize(Tensor residual) => Norm(residual, Weights.FinalNorm);

    /// <inheritdoc/>
    public void Dispose()
    {
        _angles.Dispose();
        Weights.Dispose();
    }

    private Tensor Block(int layer, Tensor x, Pass pass) // x: [batch, sequence, hidden]
    {
        using DisposeScope scope = NewDisposeScope();
        LayerWeights w = Weights.Layers[layer];

        Tensor attention = Attention(layer, pass.At(TapPlaces.InputNorm, layer, Norm(x, w.InputNorm)), pass);
        if (Config.Residual == ResidualForm.Parallel)
        {
            Tensor mlp = Mlp(layer, Norm(x, w.MlpNorm), pass);
            x = x + (attention + mlp);
        }
        else
        {
            x = x + attention;
            x = x + Mlp(layer, Norm(x, w.MlpNorm), pass);
        }
        return pass.At(TapPlaces.Residual, layer, x).MoveToOuterDisposeScope();
    }

    private Tensor Attention(int layer, Tensor x, Pass pass)
    {
        LayerWeights w = Weights.Layers[layer];
        Tensor qkv = Linear(x, w.Qkv);                                               // [batch, sequence, heads · 3 · head size]
        string? pattern = pass.Wanted(TapPlaces.AttentionPattern, layer);
        Tensor mixed = pattern is null && pass is { Cache: null, Mask: null }
            ? CausalAttention.FromFusedProjection(qkv, Config.Heads, pass.Rotary)
            : AttentionOverHeads(layer, qkv, pattern, pass);                         // [batch, sequence, hidden]
        return pass.At(TapPlaces.AttentionOutput, layer, Linear(mixed, w.AttentionOutput));
    }

    /// <summary>Attention head by head, where keys come from a cache, padding is masked, or a tap reads the probabilities.</summary>
    private Tensor AttentionOverHeads(int layer, Tensor qkv, string? pattern, Pass pass)
    {
        Tensor parts = qkv.view(pass.Batch, pass.Sequence, Config.Heads, 3, Config.HeadSize).permute(3, 0, 2, 1, 4);
        Tensor query = Rotary.Apply(parts[0], pass.Rotary, pass.Past);               // [batch, heads, sequence, head size]
        Tensor key = Rotary.Apply(parts[1], pass.Rotary, pass.Past);
        Tensor value = parts[2];
        if (pass.Cache is not null)
            (key, value) = pass.Cache.Append(layer, key, value);                     // [batch, heads, keys, head size]

        Tensor mixed = pattern is null
            ? F.scaled_dot_product_attention(query, key, value, attn_mask: pass.Mask, is_casual: pass.Mask is null && pass.Sequence > 1)
            : pass.At(pattern, Pattern(query, key, pass)).matmul(value);             // [batch, heads, sequence, head size]
        return mixed.transpose(1, 2).reshape(pass.Batch, pass.Sequence, Config.HiddenSize);
    }

    /// <summary>The attention probabilities by plain matrix products, for taps that read them.</summary>
    private Tensor Pattern(Tensor query, Tensor key, Pass pass)
    {
        Tensor scores = query.matmul(key.transpose(-2, -1)) / Math.Sqrt(Config.HeadSize); // [batch, heads, sequence, keys]
        Tensor allowed = pass.Mask ?? CausalMask(pass.Sequence, key.shape[2], query.device);
        return scores.masked_fill(allowed.logical_not(), double.NegativeInfinity).softmax(-1);
    }

    private Tensor Mlp(int layer, Tensor x, Pass pass)
    {
        LayerWeights w = Weights.Layers[layer];
        Tensor inner = Activate(Linear(x, w.MlpUp));                                 // [batch, sequence, intermediate]
        return pass.At(TapPlaces.MlpOutput, layer, Linear(inner, w.MlpDown));        // [batch, sequence, hidden]
    }

    private Tensor Activate(Tensor x) => Config.Activation switch
    {
        Activation.Gelu => x.gelu(),
        Activation.GeluTanh => Gelu.Tanh(x),
        _ => throw new ArgumentOutOfRangeException(nameof(Config), Config.Activation, "No such activation."),
    };

    private Tensor Norm(Tensor x, NormWeights w) =>
        F.layer_norm(x, [Config.HiddenSize], w.Weight, w.Bias, ((LayerNorm)Config.Norm).Epsilon);

    private static Tensor Linear(Tensor x, LinearWeights w) => F.linear(x, w.Weight, w.Bias);

    /// <summary>Checks what a pass is given and works out what all its layers share.</summary>
    private Pass Begin(Tensor inputIds, ForwardOptions? options)
    {
        if (inputIds.dim() != 2 || inputIds.shape[1] == 0)
            throw new ArgumentException($"Token ids of shape [{string.Join(", ", inputIds.shape)}]; expected [batch, sequence].", nameof(inputIds));
        long batch = inputIds.shape[0], sequence = inputIds.shape[1];
        KeyValueCache? cache = options?.Cache;
        cache?.Require(batch, sequence);
        long past = cache?.Length ?? 0;
        Tensor? mask = Mask(options?.AttentionMask, batch, past, sequence);
        return new Pass(batch, sequence, (int)past, cache, options?.Tap, mask, _angles.For(past + sequence));
    }

    /// <summary>
    /// Which keys a query may see, true where it may; null where plain causality says it all (no padding, and either nothing is cached or
    /// one token is new). A padded query sees itself, lest its row be empty and not a number.
    /// </summary>
    private Tensor? Mask(Tensor? attentionMask, long batch, long past, long sequence)
    {
        long keys = past + sequence;
        if (attentionMask is null)
            return past == 0 || sequence == 1 ? null : CausalMask(sequence, keys, Weights.Device);
        if (attentionMask.dim() != 2 || attentionMask.shape[0] != batch || attentionMask.shape[1] != keys)
        {
            throw new ArgumentException(
                $"An attention mask of shape [{string.Join(", ", attentionMask.shape)}]; expected [{batch}, {keys}]: a row a sequence, a column a cached or new token.");
        }
        Tensor real = attentionMask.to(ScalarType.Bool).view(batch, 1, 1, keys);
        Tensor causal = CausalMask(sequence, keys, Weights.Device), self = causal.triu(past); // [sequence, keys]
        return causal.logical_and(real).logical_or(self);                            // [batch, 1, sequence, keys]
    }

    /// <summary>[sequence, keys], true where the key is not after the query; the queries are the last of the keys.</summary>
    private static Tensor CausalMask(long sequence, long keys, Device device) =>
        ones([sequence, keys], ScalarType.Bool, device).tril(keys - sequence);

    /// <summary>What all layers of one pass share.</summary>
    private sealed record Pass(long Batch, long Sequence, int Past, KeyValueCache? Cache, ITap? Tap, Tensor? Mask, RotaryTable Rotary)
    {
        public string? Wanted(Func<int, string> place, int layer) => Tap is not null && place(layer) is var name && Tap.Wants(name) ? name : null;

        public Tensor At(Func<int, string> place, int layer, Tensor value) => Tap is null ? value : At(place(layer), value);

        public Tensor At(string place, Tensor value)
        {
            if (Tap is null || !Tap.Wants(place))
                return value;
            Tensor result = Tap.Visit(place, value);
            if (!result.shape.AsSpan().SequenceEqual(value.shape) || result.dtype != value.dtype)
            {
                throw new ArgumentException(
                    $"A tap replaced {place}, {value.dtype} [{string.Join(", ", value.shape)}], by {result.dtype} [{string.Join(", ", result.shape)}]; expected the same.");
            }
            return ReferenceEquals(result, value) ? value : result.alias(); // the tap may go on owning what it gave
        }
    }
}
