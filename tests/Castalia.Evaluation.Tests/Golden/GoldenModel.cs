using System.Text.Json;

namespace Castalia.Evaluation.Tests.Golden;

/// <summary>The reference's fake model: likelihoods by its formula; texts are those that it gave for each document.</summary>
internal sealed class GoldenModel : ILanguageModel
{
    private readonly Sha256LanguageModel _formula = new();
    private readonly Dictionary<string, Queue<string>> _texts = new(StringComparer.Ordinal);

    public GoldenModel(EvaluationPlan plan, IEnumerable<JsonElement> documents)
    {
        var answers = new Dictionary<(string, int), JsonElement>();
        // Each pipeline of filters has a line of its own with the same answers.
        foreach (JsonElement document in documents)
            answers[(document.GetProperty("task").GetString()!, document.GetProperty("doc_id").GetInt32())] = document.GetProperty("resps")[0];
        foreach (PlannedTask task in plan.Tasks)
        {
            foreach (TaskInstance instance in task.Instances.Where(instance => instance.Generation is not null))
            {
                if (!_texts.TryGetValue(instance.Prompt, out Queue<string>? queue))
                    _texts[instance.Prompt] = queue = new Queue<string>();
                foreach (JsonElement answer in answers[(task.Config.Task, instance.Document.Id)].EnumerateArray())
                    queue.Enqueue(answer.GetString()!);
            }
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
        var texts = new string[requests.Count];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = _texts[requests[i].Context].Dequeue();
            answered?.Invoke(i, texts[i]);
        }
        return texts;
    }
}
