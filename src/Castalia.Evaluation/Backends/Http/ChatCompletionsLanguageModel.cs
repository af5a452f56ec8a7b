using System.Text.Json;
using Castalia.Text.Chat;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// A model behind a server that speaks OpenAI's <c>/v1/chat/completions</c>: the harness's <c>local-chat-completions</c>. It makes texts only;
/// the server writes messages in the model's own way, so contexts are the messages themselves, as JSON.
/// </summary>
public sealed class ChatCompletionsLanguageModel : ILanguageModel, IDisposable
{
    /// <summary>What it is called on command lines.</summary>
    public const string ModelName = "local-chat-completions";

    private readonly HttpModelOptions _options;
    private readonly ModelServerClient _client;
    private readonly ServerRequests _requests;

    /// <summary>Prepares to ask a server; nothing is sent yet. The key in the environment's OPENAI_API_KEY is sent along.</summary>
    /// <param name="options">Where it is and how it is asked; one conversation is sent in a request whatever the batch size, and no tokenizer is used.</param>
    /// <exception cref="InputException">A header cannot be sent.</exception>
    public ChatCompletionsLanguageModel(HttpModelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _client = new ModelServerClient(options);
        _requests = new ServerRequests(_client, options, options.EndString);
    }

    /// <inheritdoc/>
    public string Name => _options.Model;

    /// <inheritdoc/>
    public ModelDescription Description => new() { MaxLength = _options.MaxLength - 1, Device = "server" };

    /// <inheritdoc/>
    public IChatFormat? Chat(string? template) => new JsonMessages();

    /// <summary>Always refused: chat servers do not give the probabilities of a prompt.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<Loglikelihood> Loglikelihoods(
        IReadOnlyList<LoglikelihoodRequest> requests, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default) => throw NoScores("loglikelihood");

    /// <summary>Always refused: chat servers do not give the probabilities of a prompt.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<double> RollingLoglikelihoods(
        IReadOnlyList<RollingRequest> requests, Action<int, double>? answered = null, CancellationToken cancellationToken = default) => throw NoScores("loglikelihood_rolling");

    /// <inheritdoc/>
    public IReadOnlyList<string> Generate(
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var texts = new string[requests.Count];
        _client.Ask(texts.Length, i => Call(requests, i), (_, answer) => CompletionAnswers.Message(answer), (i, text) =>
        {
            texts[i] = text;
            answered?.Invoke(i, text);
        }, cancellationToken);
        return texts;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private ServerCall Call(IReadOnlyList<GenerationRequest> requests, int index)
    {
        GenerationRequest request = requests[index];
        string place = ServerRequests.Place(index, requests.Count, request.Context);
        ServerArguments arguments = _requests.Arguments(request, place);
        using JsonDocument? messages = Messages(request.Context);
        return messages is null
            ? throw new InputException(_client.Name, place, "the prompt is plain text, and a chat server takes messages.", "Run with --apply_chat_template, or use local-completions.")
            : _requests.Call(place, () => ServerBody.Chat(_options, arguments, _requests.Seed(request, arguments), messages.RootElement));
    }

    private static JsonDocument? Messages(string context)
    {
        if (!context.StartsWith('['))
            return null;
        try
        {
            JsonDocument messages = JsonDocument.Parse(context);
            if (messages.RootElement.EnumerateArray().All(message => message.ValueKind == JsonValueKind.Object))
                return messages;
            messages.Dispose();
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
        }
        return null;
    }

    private InputException NoScores(string kind) => new(_client.Name, kind,
        "log-likelihoods are not supported for chat completions, as such servers do not give the probabilities of a prompt.", "Use local-completions for this task.");

    private sealed class JsonMessages : IChatFormat
    {
        public string Template => "";

        public string Apply(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt) => PythonJson.Dumps(
            messages.Select(object? (message) => new OrderedDictionary<string, object?> { ["role"] = message.Role, ["content"] = message.Content, ["type"] = "text" }).ToList(),
            ensureAscii: false);
    }
}
