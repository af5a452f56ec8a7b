namespace Castalia.Evaluation;

/// <summary>One document with the requests that its task makes of it.</summary>
/// <param name="Document">The document.</param>
/// <param name="Target">The right answer as doc_to_target gives it: text, an index, or a list.</param>
/// <param name="Requests">Requests for the continuations' log-likelihoods, in the order of the choices.</param>
public sealed record TaskInstance(TaskDocument Document, object? Target, IReadOnlyList<LoglikelihoodRequest> Requests)
{
    /// <summary>The choices; null where there are none.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>Indexes of the right choices; -100 stands for a gold that is no choice.</summary>
    public IReadOnlyList<int> Gold { get; init; } = [];

    /// <summary>The request for the whole text's log-likelihood, if that is what the task asks.</summary>
    public RollingRequest? Rolling { get; init; }

    /// <summary>The request for a text, if that is what the task asks; it is put as often as the task repeats.</summary>
    public GenerationRequest? Generation { get; init; }

    /// <summary>The first field of the first request: what the harness calls the prompt.</summary>
    public string Prompt => Rolling?.Text ?? Generation?.Context ?? Requests[0].Context;
}
