namespace Castalia.Models;

internal sealed record BatchToken(int Sequence, int Token, float LogProbability, IReadOnlyList<TokenProbability> Top, FinishReason? Finish);

internal readonly record struct TokenProbability(int Token, float LogProbability);

internal enum FinishReason
{
    Stop,
    Length,
}
