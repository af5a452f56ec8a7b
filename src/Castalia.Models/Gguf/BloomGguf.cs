using Castalia.Formats;

namespace Castalia.Models.Gguf;

/// <summary>BLOOM as llama.cpp has it.</summary>
internal sealed class BloomGguf : GgufArchitecture
{
    /// <inheritdoc/>
    public override string Name => "bloom";

    /// <inheritdoc/>
    public override string ModelType => "bloom";

    /// <inheritdoc/>
    protected override TransformerConfig ReadConfig(GgufKeys keys) =>
        ReadSizes(keys) with { Position = new AlibiPositions(), Norm = ReadLayerNorm(keys), EmbeddingNorm = true };

    /// <inheritdoc/>
    protected override string? Obstacle(TransformerConfig config) => ActivationObstacle(config, Activation.GeluTanh, Activation.Gelu)
        ?? (config.Residual == ResidualForm.Sequential ? null : "llama.cpp's BLOOM does not add to the norms' outputs (apply_residual_connection_post_layernorm)");

    /// <inheritdoc/>
    protected override IEnumerable<GgufEntry> OwnKeys(TransformerConfig config) => [LayerNormEpsilon(config)];
}
