namespace Castalia.Evaluation;

/// <summary>
/// What answers requests: a model of ours, a server, or a fake. It knows nothing of tasks; answers stand in the order of the requests
/// whatever order they were computed in.
/// </summary>
public interface ILanguageModel
{
    /// <summary>The name that results carry.</summary>
    string Name { get; }

    /// <summary>How likely each continuation is after its context.</summary>
    /// <returns>One answer a request, in the order of the requests.</returns>
    IReadOnlyList<Loglikelihood> Loglikelihoods(
        IReadOnlyList<LoglikelihoodRequest> requests, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>The log-probability of whole texts from nothing but the prefix token, in windows as long as the model's context.</summary>
    /// <returns>One log-probability in nats a request, in the order of the requests.</returns>
    IReadOnlyList<double> RollingLoglikelihoods(
        IReadOnlyList<RollingRequest> requests, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default);
}

/// <summary>Asks for the log-probability of a continuation.</summary>
/// <param name="Context">What comes before; may be empty.</param>
/// <param name="Continuation">What is scored, with the white space it starts with.</param>
public sealed record LoglikelihoodRequest(string Context, string Continuation);

/// <summary>Asks for the log-probability of a whole text.</summary>
/// <param name="Text">The text.</param>
public sealed record RollingRequest(string Text);

/// <summary>The answer to a <see cref="LoglikelihoodRequest"/>.</summary>
/// <param name="Value">Sum of the log-probabilities of the continuation's tokens, in nats.</param>
/// <param name="IsGreedy">Whether every token of the continuation was the most likely one.</param>
public readonly record struct Loglikelihood(double Value, bool IsGreedy);
