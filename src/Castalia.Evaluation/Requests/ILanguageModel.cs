using Castalia.Text.Chat;

namespace Castalia.Evaluation;

/// <summary>
/// What answers requests: a model of ours, a server, or a fake. It knows nothing of tasks; answers stand in the order of the requests
/// whatever order they were computed in.
/// </summary>
public interface ILanguageModel
{
    /// <summary>The name that results carry.</summary>
    string Name { get; }

    /// <summary>What results say of the model beside its name.</summary>
    ModelDescription Description => new();

    /// <summary>How likely each continuation is after its context.</summary>
    /// <param name="requests">What is asked.</param>
    /// <param name="answered">Told each answer as it is there, with the request's index, from one thread at a time: what was told need not be asked again.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>One answer a request, in the order of the requests.</returns>
    IReadOnlyList<Loglikelihood> Loglikelihoods(
        IReadOnlyList<LoglikelihoodRequest> requests, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default);

    /// <summary>The log-probability of whole texts from nothing but the prefix token, in windows as long as the model's context.</summary>
    /// <param name="requests">What is asked.</param>
    /// <param name="answered">Told each answer as it is there, with the request's index, from one thread at a time.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>One log-probability in nats a request, in the order of the requests.</returns>
    IReadOnlyList<double> RollingLoglikelihoods(
        IReadOnlyList<RollingRequest> requests, Action<int, double>? answered = null, CancellationToken cancellationToken = default);

    /// <summary>Texts that go on from contexts, cut at the stops they name.</summary>
    /// <param name="requests">What is asked; the same request may stand there several times and is then answered as often.</param>
    /// <param name="answered">Told each answer as it is there, with the request's index, from one thread at a time.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>One text a request, in the order of the requests.</returns>
    IReadOnlyList<string> Generate(
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default);

    /// <summary>How the model wants messages written; null if it does not take any.</summary>
    /// <param name="template">The name of one of the model's templates; null for its own choice.</param>
    /// <exception cref="InputException">There is no template of that name.</exception>
    IChatFormat? Chat(string? template) => null;
}

/// <summary>How a model wants messages written.</summary>
public interface IChatFormat
{
    /// <summary>The template's text; empty where the model's server applies its own.</summary>
    string Template { get; }

    /// <summary>The context that messages make.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="addGenerationPrompt">Whether the assistant is to speak next; if not, the last message is the assistant's and stays open.</param>
    string Apply(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt);
}

/// <summary>What results say of a model.</summary>
public sealed record ModelDescription
{
    /// <summary>The tokenizer's name.</summary>
    public string TokenizerName { get; init; } = "";

    /// <summary>Most tokens that a pass reads; null where that is not known.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Id of the token that ends a text.</summary>
    public int? EndOfTextId { get; init; }

    /// <summary>The padding token: its text and id.</summary>
    public (string Text, int Id)? Pad { get; init; }

    /// <summary>The token of an end: its text and id.</summary>
    public (string Text, int Id)? End { get; init; }

    /// <summary>The token of a beginning: its text and id.</summary>
    public (string Text, int Id)? Begin { get; init; }

    /// <summary>Requests that were in one batch; empty where that is not known.</summary>
    public IReadOnlyList<int> BatchSizes { get; init; } = [];

    /// <summary>What it computes on.</summary>
    public string Device { get; init; } = "cpu";
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
