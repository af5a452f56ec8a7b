namespace Castalia.Models;

/// <summary>How a prompt is continued. As it stands: greedily, up to 64 tokens, until the model's end token.</summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens a prompt is continued by.</summary>
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Divides the logits before a token is drawn. 0 takes the likeliest token instead of drawing.</summary>
    public double Temperature { get; init; }

    /// <summary>Draws among the k likeliest tokens only; null for all.</summary>
    public int? TopK { get; init; }

    /// <summary>
    /// Draws among the fewest likeliest tokens whose probabilities reach this sum (Holtzman et al. 2020), after temperature and
    /// <see cref="TopK"/>; null for all.
    /// </summary>
    public double? TopP { get; init; }

    /// <summary>Where the draws come from. Each prompt of a batch has draws of its own.</summary>
    public long Seed { get; init; }

    /// <summary>Tokens after which a continuation ends; null for the model's end token, an empty list for none.</summary>
    public IReadOnlyList<int>? StopTokens { get; init; }

    /// <summary>Refuses settings that mean nothing.</summary>
    /// <exception cref="ArgumentException">The message says which.</exception>
    public void Validate()
    {
        if (MaxNewTokens < 1)
            throw new ArgumentException($"{nameof(MaxNewTokens)} is {MaxNewTokens}; expected at least 1.");
        if (!(Temperature >= 0 && double.IsFinite(Temperature)))
            throw new ArgumentException($"{nameof(Temperature)} is {Temperature}; expected a number from 0.");
        if (TopK < 1)
            throw new ArgumentException($"{nameof(TopK)} is {TopK}; expected at least 1.");
        if (!(TopP is null or (> 0 and <= 1)))
            throw new ArgumentException($"{nameof(TopP)} is {TopP}; expected a number above 0 and at most 1.");
    }
}
