using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Castalia.Models;

/// <summary>
/// The attention of all blocks of a model. Five ways to the same numbers: whole sequences by the fused kernel; a prompt into an empty
/// cache by the same kernel; a packed tree along its paths; one new token a sequence over the cache's store; and everything else (cached tokens, padding on the left, a tap on the probabilities) over explicit heads.
/// </summary>
internal sealed class SelfAttention : IDisposable
{
    private readonly TransformerConfig _config;
    private readonly RotaryAngles? _angles;
    private readonly float[]? _slopes;

    public SelfAttention(TransformerConfig config)
    {
        _config = config;
        if (config.Position is RotaryPositions rotary)
            _angles = new RotaryAngles(rotary, config.HeadSize, config.MaxPositions);
        if (config.Position is AlibiPositions)
            _slopes = AlibiPositions.Slopes(config.Heads);
    }

    /// <summary>What attention of a block adds to the residual stream.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="w">Its parameters.</param>
    /// <param name="x">[batch, sequence, hidden].</param>
    /// <param name="pass">The pass.</param>
    public Tensor Apply(int layer, LayerWeights w, Tensor x, ForwardPass pass)
    {
        Tensor qkv = w.Qkv.Apply(x);                                                 // [batch, sequence, (heads + 2 · key heads) · head size]
        var scoring = new AttentionScoring(_config.ScaleOf(layer), _slopes, _config.Local?.WindowOf(layer));
        string? pattern = pass.Wanted(TapPlaces.AttentionPattern, layer);
        Tensor mixed = (pattern, pass) switch                                        // [batch, sequence, heads · head size]
        {
            (_, { Tree: { } tree }) => tree.Attend(layer, qkv, _config.Heads, pass.Rotary(_angles), scoring),
            (null, { Cache: null, Masked: false }) => CausalAttention.FromFusedProjection(qkv, _config.Heads, pass.Rotary(_angles), scoring, _config.KeyHeads),
            (null, { Cache: not null, Masked: false, Sequence: 1 }) when CanDecode(qkv, pass) => Decode(layer, qkv, scoring, pass),
            _ => OverHeads(layer, qkv, scoring, pattern, pass),
        };
        return pass.At(TapPlaces.AttentionOutput, layer, w.AttentionOutput.Apply(mixed));
    }

    /// <inheritdoc/>
    public void Dispose() => _angles?.Dispose();

    private bool CanDecode(Tensor qkv, ForwardPass pass) =>
        qkv.device_type == DeviceType.CPU && !(is_grad_enabled() && qkv.requires_grad) && pass.OneRotation(_angles);

    private Tensor Decode(int layer, Tensor qkv, AttentionScoring scoring, ForwardPass pass)
    {
        (Tensor keys, Tensor values) = pass.Cache!.Of(layer);                        // [slots, key heads, capacity, head size]
        return DecodeAttention.FromFusedProjection(qkv, _config.Heads, keys, values, pass.Slots, pass.Starts, pass.Rotary(_angles), scoring);
    }

    private Tensor OverHeads(int layer, Tensor qkv, AttentionScoring scoring, string? pattern, ForwardPass pass)
    {
        (Tensor query, Tensor key, Tensor value) = CausalAttention.SplitProjection(qkv, _config.Heads, _config.KeyHeads);
        query = pass.Turn(query, _angles);                                           // [batch, heads, sequence, head size]
        key = pass.Turn(key, _angles);                                               // [batch, key heads, sequence, head size]
        pass.Cache?.Append(layer, key, value, pass.Slots, pass.Starts);

        Tensor mixed;
        if (pass.FromStart && pattern is null)
        {
            mixed = CausalAttention.Apply(query, CausalAttention.RepeatHeads(key, _config.Heads), CausalAttention.RepeatHeads(value, _config.Heads), scoring);
        }
        else
        {
            if (pass.Cache is not null)
                (key, value) = pass.Cache.Read(layer, pass.Slots, pass.Keys);        // [batch, key heads, keys, head size]
            mixed = OverKeys(query, CausalAttention.RepeatHeads(key, _config.Heads), CausalAttention.RepeatHeads(value, _config.Heads), scoring, pattern, pass);
        }
        return mixed.transpose(1, 2).reshape(pass.Batch, pass.Sequence, _config.AttentionSize);
    }

    /// <summary>Attention under a mask, [batch, heads, sequence, head size].</summary>
    private Tensor OverKeys(Tensor query, Tensor key, Tensor value, AttentionScoring scoring, string? pattern, ForwardPass pass)
    {
        Tensor? allowed = pass.Allowed(scoring.Window);
        double scale = scoring.ScaleFor(_config.HeadSize), usual = 1 / Math.Sqrt(_config.HeadSize);
        if (pattern is null && scoring.Slopes is null)
            return F.scaled_dot_product_attention(scale == usual ? query : query * (scale / usual), key, value, attn_mask: allowed);

        Tensor scores = query.matmul(key.transpose(-2, -1)).to(ScalarType.Float32) * scale; // [batch, heads, sequence, keys]
        if (scoring.Slopes is { } slopes)
            scores = scores + tensor(slopes, device: query.device).view(-1, 1, 1) * pass.Distance;
        if (allowed is not null)
            scores = scores.masked_fill(allowed.logical_not(), double.NegativeInfinity);
        Tensor probabilities = scores.softmax(-1).to(value.dtype);
        return (pattern is null ? probabilities : pass.At(pattern, probabilities)).matmul(value);
    }
}
