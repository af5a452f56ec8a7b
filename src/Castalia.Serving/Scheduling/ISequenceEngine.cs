using Castalia.Models;

namespace Castalia.Serving.Scheduling;

/// <summary>What the scheduler needs of a model. One thread at a time calls it.</summary>
internal interface ISequenceEngine : IDisposable
{
    /// <summary>Sequences that can be added now.</summary>
    int FreeSlots { get; }

    /// <summary>Takes a slot for a prompt and returns the sequence's number; nothing is computed yet.</summary>
    /// <param name="prompt">The prompt's tokens.</param>
    /// <param name="options">How it is continued.</param>
    /// <param name="stream">Which of the sequences with this prompt and seed it is: each has draws of its own.</param>
    int Add(ReadOnlySpan<int> prompt, GenerationOptions options, long stream);

    /// <summary>Cancels a sequence that has not finished: its slot is free at once.</summary>
    void Remove(int sequence);

    /// <summary>Takes every sequence one token further, or a part of its prompt; a sequence that finishes frees its slot.</summary>
    IReadOnlyList<BatchToken> Step(CancellationToken cancellation);

    /// <summary>The log-probabilities of prompts' own tokens, computed together.</summary>
    IReadOnlyList<PromptScores> Score(IReadOnlyList<PromptToScore> prompts, CancellationToken cancellation);
}

/// <summary>A prompt whose own tokens are scored.</summary>
/// <param name="Tokens">The tokens, at least one.</param>
/// <param name="Alternatives">How many likeliest tokens are given at each position.</param>
internal sealed record PromptToScore(int[] Tokens, int Alternatives);

/// <summary>The log-probabilities of a prompt's tokens.</summary>
/// <param name="LogProbabilities">Of each token after those before it, in nats; the first has none and its number means nothing.</param>
/// <param name="Top">The likeliest tokens at each position, the likeliest first; of the first position none.</param>
/// <param name="Next">The likeliest tokens after the prompt, at least one, the likeliest first.</param>
internal sealed record PromptScores(float[] LogProbabilities, IReadOnlyList<TokenProbability>[] Top, IReadOnlyList<TokenProbability> Next);
