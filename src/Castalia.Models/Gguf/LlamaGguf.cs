using Castalia.Formats;
using Castalia.Models.Architectures;

namespace Castalia.Models.Gguf;

/// <summary>Llama and what is built like it as llama.cpp has them.</summary>
internal sealed class LlamaGguf : GgufArchitecture
{
    /// <inheritdoc/>
    public override string Name => "llama";

    /// <inheritdoc/>
    public override string ModelType => "llama";

    /// <inheritdoc/>
    public override bool SplitsQkv => true;

    /// <inheritdoc/>
    public override float[]? FrequencyDivisors(TransformerConfig config)
    {
        if (config.Position is not RotaryPositions { Scaling: Llama3RotaryScaling scaling } rotary)
            return null;
        int dimensions = rotary.Dimensions(config.HeadSize);
        double[] trained = RotaryScaling.Unscaled(rotary.Base, dimensions), scaled = scaling.Frequencies(rotary.Base, dimensions, config.MaxPositions);
        return [.. trained.Zip(scaled, (before, after) => (float)(before / after))];
    }

    /// <inheritdoc/>
    protected override TransformerConfig ReadConfig(GgufKeys keys)
    {
        TransformerConfig sizes = ReadSizes(keys);
        int keyHeads = keys.Int("attention.head_count_kv", ConfigBounds.Size, absent: sizes.Heads);
        int headSize = keys.Int("attention.key_length", ConfigBounds.Size, absent: Math.Max(1, sizes.HiddenSize / sizes.Heads));
        return sizes with
        {
            KeyValueHeads = keyHeads == sizes.Heads ? null : keyHeads,
            OwnHeadSize = (long)headSize * sizes.Heads == sizes.HiddenSize ? null : headSize,
            Position = ReadRotary(keys, headSize),
            Norm = new RmsNorm(keys.Number("attention.layer_norm_rms_epsilon")),
            Activation = Activation.Silu,
            GatedMlp = true,
            QkvBias = keys.HasTensor("blk.0.attn_q.bias"),
            AttentionOutputBias = keys.HasTensor("blk.0.attn_output.bias"),
            MlpBias = keys.HasTensor("blk.0.ffn_up.bias"),
        };
    }

    /// <inheritdoc/>
    protected override string? Obstacle(TransformerConfig config) =>
        ActivationObstacle(config, Activation.Silu) ?? RotaryObstacle(config, takesDivisors: true)
        ?? (((RotaryPositions)config.Position).Dimensions(config.HeadSize) == config.HeadSize ? null : "llama.cpp's llama turns whole heads, this model a part of each");

    /// <inheritdoc/>
    protected override IEnumerable<GgufEntry> OwnKeys(TransformerConfig config)
    {
        foreach (GgufEntry entry in RotaryKeys(config))
            yield return entry;
        if (config.OwnHeadSize is int own)
        {
            yield return Count("attention.key_length", own);
            yield return Count("attention.value_length", own);
        }
        yield return Number("attention.layer_norm_rms_epsilon", config.Norm.Epsilon);
    }
}
