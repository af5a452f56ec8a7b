namespace Castalia.Models;

/// <summary>A token of a continuation, as it comes.</summary>
/// <param name="Prompt">Which prompt of the batch it continues.</param>
/// <param name="Token">The token's id.</param>
/// <param name="LogProbability">Its log probability in nats, as the model has it.</param>
/// <param name="Top">As many likeliest tokens in its place as the options ask for.</param>
/// <param name="Finish">Why the continuation ends with it; null if it goes on.</param>
public readonly record struct GeneratedToken(int Prompt, int Token, float LogProbability, IReadOnlyList<TokenProbability> Top, FinishReason? Finish);
