namespace Castalia.Evaluation;

/// <summary>One document with the requests that its task makes of it.</summary>
/// <param name="Document">The document.</param>
/// <param name="Target">The right answer as doc_to_target gives it: text, an index, or a list.</param>
/// <param name="Choices">The choices; null where there are none.</param>
/// <param name="Gold">Indexes of the right choices.</param>
/// <param name="Requests">Requests for the continuations' log-likelihoods, in the order of the choices.</param>
/// <param name="Rolling">The request for the whole text's log-likelihood, if that is what the task asks.</param>
public sealed record TaskInstance(
    TaskDocument Document, object? Target, IReadOnlyList<string>? Choices, IReadOnlyList<int> Gold,
    IReadOnlyList<LoglikelihoodRequest> Requests, RollingRequest? Rolling)
{
    /// <summary>The first field of the first request: what the harness calls the prompt.</summary>
    public string Prompt => Rolling?.Text ?? Requests[0].Context;
}
