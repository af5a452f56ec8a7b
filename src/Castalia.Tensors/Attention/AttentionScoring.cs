namespace Castalia.Tensors;

/// <summary>How attention's scores come from queries and keys: scale · q·k + slope · (key's position − query's position), over the keys a query may see.</summary>
/// <param name="Scale">What the products are multiplied by; null is <c>1 / sqrt(dimensions)</c>.</param>
/// <param name="Slopes">ALiBi's slope of each head (Press, Smith and Lewis, 2022); null for none.</param>
/// <param name="Window">How many keys a query sees at most, the newest, its own among them; null for all before it.</param>
public sealed record AttentionScoring(double? Scale = null, float[]? Slopes = null, int? Window = null)
{
    /// <summary>Scaled products and nothing else.</summary>
    public static AttentionScoring Plain { get; } = new();

    /// <summary>Whether products and causality say it all.</summary>
    public bool IsPlain => Slopes is null && Window is null;

    /// <summary>What the products of heads so wide are multiplied by.</summary>
    public double ScaleFor(long dimensions) => Scale ?? 1 / Math.Sqrt(dimensions);
}
