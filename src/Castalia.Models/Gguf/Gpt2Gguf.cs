using Castalia.Formats;

namespace Castalia.Models.Gguf;

/// <summary>GPT-2 as llama.cpp has it.</summary>
internal sealed class Gpt2Gguf : GgufArchitecture
{
    /// <inheritdoc/>
    public override string Name => "gpt2";

    /// <inheritdoc/>
    public override string ModelType => "gpt2";

    /// <inheritdoc/>
    public override string? Remark(TransformerConfig config) => GeluRemark(config);

    /// <inheritdoc/>
    protected override TransformerConfig ReadConfig(GgufKeys keys) => ReadSizes(keys) with { Position = new LearnedPositions(), Norm = ReadLayerNorm(keys) };

    /// <inheritdoc/>
    protected override string? Obstacle(TransformerConfig config) => ActivationObstacle(config, Activation.GeluTanh, Activation.Gelu)
        ?? (config is { AttentionScale: null, AttentionScaleByLayer: false } ? null : "llama.cpp's GPT-2 always divides attention's scores by the root of a head's size");

    /// <inheritdoc/>
    protected override IEnumerable<GgufEntry> OwnKeys(TransformerConfig config) => [LayerNormEpsilon(config)];
}
