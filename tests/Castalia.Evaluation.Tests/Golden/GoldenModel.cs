using System.Text;
using System.Text.Json;
using Castalia.Text.Chat;

namespace Castalia.Evaluation.Tests.Golden;

/// <summary>The reference's fake model: likelihoods by its formula; texts are those that it gave, looked up by their contexts.</summary>
internal sealed class GoldenModel : ILanguageModel
{
    private readonly Sha256LanguageModel _formula = new();
    private readonly Dictionary<string, Queue<string>> _texts = new(StringComparer.Ordinal);

    public GoldenModel(IEnumerable<JsonElement> documents)
    {
        var seen = new HashSet<(string, int)>();
        foreach (JsonElement document in documents)
        {
            // Each pipeline of filters has a line of its own with the same answers.
            JsonElement answers = document.GetProperty("resps")[0];
            if (answers[0].ValueKind != JsonValueKind.String || !seen.Add((document.GetProperty("task").GetString()!, document.GetProperty("doc_id").GetInt32())))
                continue;
            string context = document.GetProperty("requests")[0][0].GetString()!;
            if (!_texts.TryGetValue(context, out Queue<string>? queue))
                _texts[context] = queue = new Queue<string>();
            foreach (JsonElement answer in answers.EnumerateArray())
                queue.Enqueue(answer.GetString()!);
        }
    }

    public string Name => _formula.Name;

    public IReadOnlyList<Loglikelihood> Loglikelihoods(
        IReadOnlyList<LoglikelihoodRequest> requests, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default) =>
        _formula.Loglikelihoods(requests, answered, cancellationToken);

    public IReadOnlyList<double> RollingLoglikelihoods(
        IReadOnlyList<RollingRequest> requests, Action<int, double>? answered = null, CancellationToken cancellationToken = default) =>
        _formula.RollingLoglikelihoods(requests, answered, cancellationToken);

    public IReadOnlyList<string> Generate(
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default)
    {
        // A context that the reference did not ask has no answer; that the prompt differs is told by the comparison.
        return [.. requests.Select(request => _texts.TryGetValue(request.Context, out Queue<string>? queue) && queue.TryDequeue(out string? text) ? text : "")];
    }
}

/// <summary>The chat template of the reference's fake model.</summary>
internal sealed class GoldenChat : IChatFormat
{
    public string Template => "<|role|>content<|end|>";

    public string Apply(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        var text = new StringBuilder();
        for (int i = 0; i < messages.Count; i++)
        {
            text.Append("<|").Append(messages[i].Role).Append("|>\n").Append(messages[i].Content);
            // What the assistant has begun to say stays open.
            if (addGenerationPrompt || i < messages.Count - 1 || messages[i].Role != "assistant")
                text.Append("<|end|>\n");
        }
        return addGenerationPrompt ? text.Append("<|assistant|>\n").ToString() : text.ToString();
    }
}
