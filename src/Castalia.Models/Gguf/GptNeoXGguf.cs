using Castalia.Formats;

namespace Castalia.Models.Gguf;

/// <summary>GPT-NeoX and Pythia as llama.cpp has them.</summary>
internal sealed class GptNeoXGguf : GgufArchitecture
{
    /// <inheritdoc/>
    public override string Name => "gptneox";

    /// <inheritdoc/>
    public override string ModelType => "gpt_neox";

    /// <inheritdoc/>
    public override bool NeedsUnembedding => true;

    /// <inheritdoc/>
    public override bool NeedsAttentionBias => true;

    /// <inheritdoc/>
    public override string? Remark(TransformerConfig config) => GeluRemark(config);

    /// <inheritdoc/>
    protected override TransformerConfig ReadConfig(GgufKeys keys)
    {
        TransformerConfig sizes = ReadSizes(keys);
        return sizes with
        {
            Position = ReadRotary(keys, Math.Max(1, sizes.HiddenSize / sizes.Heads)),
            Residual = keys.Bool("use_parallel_residual") ? ResidualForm.Parallel : ResidualForm.Sequential,
            Norm = ReadLayerNorm(keys),
        };
    }

    /// <inheritdoc/>
    protected override string? Obstacle(TransformerConfig config) =>
        ActivationObstacle(config, Activation.Gelu, Activation.GeluTanh) ?? RotaryObstacle(config, takesDivisors: false);

    /// <inheritdoc/>
    protected override IEnumerable<GgufEntry> OwnKeys(TransformerConfig config) =>
    [
        .. RotaryKeys(config),
        GgufEntry.Of($"{Name}.use_parallel_residual", config.Residual == ResidualForm.Parallel),
        LayerNormEpsilon(config),
    ];
}
