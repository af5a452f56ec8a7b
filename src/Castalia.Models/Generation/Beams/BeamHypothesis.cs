namespace Castalia.Models;

/// <summary>A continuation that beam search has found.</summary>
/// <param name="Tokens">The new tokens, the stop token included where one was reached.</param>
/// <param name="Score">The sum of their log probabilities over their number to the power of the length penalty.</param>
public sealed record BeamHypothesis(IReadOnlyList<int> Tokens, double Score);
