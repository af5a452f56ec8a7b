namespace Castalia.Serving.Api;

/// <summary>What a request for completions or chat completions comes to: prompts in tokens, and how each is continued.</summary>
internal sealed record GenerationRequest
{
    /// <summary>The prompts, at least one.</summary>
    public required IReadOnlyList<Prompt> Prompts { get; init; }

    /// <summary>The most tokens a prompt is continued by; 0 where only the prompt's own log-probabilities are asked for.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Choices given back a prompt (<c>n</c>).</summary>
    public required int Choices { get; init; }

    /// <summary>Choices made a prompt, of which the likeliest are given back (<c>best_of</c>).</summary>
    public required int Samples { get; init; }

    /// <summary>Whether a choice begins with its prompt.</summary>
    public bool Echo { get; init; }

    /// <summary>How many alternatives each token is given with; null for no log-probabilities at all.</summary>
    public int? LogProbabilities { get; init; }

    /// <summary>How tokens are drawn and where a continuation ends.</summary>
    public required Sampling Sampling { get; init; }

    /// <summary>Whether the answer comes in parts, as it is made.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether a stream ends with the counts of tokens.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>Whether the prompts' own tokens are given with log-probabilities.</summary>
    public bool ScoresPrompts => Echo && LogProbabilities is not null;

    /// <summary>Sequences that the request takes.</summary>
    public int Sequences => Prompts.Count * Samples;
}

/// <summary>A prompt in text and tokens.</summary>
/// <param name="Text">What <c>echo</c> gives back.</param>
/// <param name="Tokens">What the model reads.</param>
/// <param name="Offsets">Where each token begins in the text, in code points; null where nobody asks.</param>
internal sealed record Prompt(string Text, int[] Tokens, int[]? Offsets);
