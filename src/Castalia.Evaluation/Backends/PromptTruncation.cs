namespace Castalia.Evaluation;

/// <summary>What is kept of a prompt that leaves no room for its answer.</summary>
public enum TruncationSide
{
    /// <summary>Its end is kept.</summary>
    Left,

    /// <summary>Its beginning is kept.</summary>
    Right,

    /// <summary>Both are kept, and what is between them is cut out.</summary>
    Middle,
}

/// <summary>How a prompt and its answer are made to fit a model's context, as the harness's backends do it.</summary>
/// <param name="Side">Where the prompt is cut.</param>
/// <param name="ShrinkGenToks">Whether the answer gives way before the prompt does.</param>
public sealed record PromptTruncation(TruncationSide Side, bool ShrinkGenToks = false)
{
    /// <summary>The way of models that are run here: the prompt's end is kept, and the answer has all its room.</summary>
    public static PromptTruncation Left { get; } = new(TruncationSide.Left);

    /// <summary>Fits a prompt.</summary>
    /// <param name="tokens">The prompt.</param>
    /// <param name="maxGenToks">The most tokens of the answer.</param>
    /// <param name="maxLength">The most tokens of both.</param>
    /// <param name="minGenToks">The fewest tokens that the answer may be left with.</param>
    /// <returns>What is kept of the prompt, and how many tokens the answer may have.</returns>
    public (int[] Tokens, int MaxGenToks) Apply(int[] tokens, int maxGenToks, int maxLength, int minGenToks = 1)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.Length + maxGenToks <= maxLength)
            return (tokens, maxGenToks);
        int answer = ShrinkGenToks ? Math.Max(minGenToks, maxLength - tokens.Length) : maxGenToks;
        int kept = Math.Min(tokens.Length, Math.Max(0, maxLength - answer));
        return (Side switch
        {
            TruncationSide.Right => tokens[..kept],
            TruncationSide.Middle => [.. tokens[..(kept / 2)], .. tokens[^(kept - kept / 2)..]],
            _ => tokens[^kept..],
        }, answer);
    }
}
