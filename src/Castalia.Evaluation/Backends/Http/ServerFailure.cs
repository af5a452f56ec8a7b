namespace Castalia.Evaluation;

/// <summary>A server did not answer, or not what was asked.</summary>
/// <param name="field">The field of its answer that is at fault; null for the whole.</param>
/// <param name="problem">What was expected and what came.</param>
/// <param name="passing">Whether it may be over when the request is put again.</param>
/// <param name="inner">What it followed from.</param>
internal sealed class ServerFailure(string? field, string problem, bool passing = true, Exception? inner = null) : Exception(problem, inner)
{
    public string? Field { get; } = field;

    public bool IsPassing { get; } = passing;

    /// <summary>How long the server asks to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
