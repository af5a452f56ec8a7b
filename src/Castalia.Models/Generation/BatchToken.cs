namespace Castalia.Models;

/// <summary>A token that a sequence of a batch goes on with.</summary>
/// <param name="Sequence">The sequence's id, as <see cref="ContinuousBatch.Add"/> gave it.</param>
/// <param name="Token">The token.</param>
/// <param name="LogProbability">
/// Its log probability in nats as the model has it: before penalties, temperature and what else changes the distribution that is drawn from.
/// </param>
/// <param name="Top">As many likeliest tokens as the options ask for, the likeliest first; of equal ones the lower id.</param>
/// <param name="Finish">Why the sequence ends with this token; null if it goes on.</param>
public sealed record BatchToken(int Sequence, int Token, float LogProbability, IReadOnlyList<TokenProbability> Top, FinishReason? Finish);

/// <summary>A token that might have come.</summary>
/// <param name="Token">The token.</param>
/// <param name="LogProbability">Its log probability in nats, as the model has it.</param>
public readonly record struct TokenProbability(int Token, float LogProbability);

/// <summary>Why a continuation ends.</summary>
public enum FinishReason
{
    /// <summary>A stop token, or a stop string.</summary>
    Stop,

    /// <summary>It has as many tokens as it may have, or there is no room for more.</summary>
    Length,
}
