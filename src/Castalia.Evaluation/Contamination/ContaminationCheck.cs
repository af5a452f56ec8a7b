using Castalia.Data;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>What a corpus has of one document of a task.</summary>
/// <param name="Task">The task.</param>
/// <param name="Document">The document's number in its split.</param>
/// <param name="NGrams">Its n-grams; 0 for a document shorter than one, which cannot be checked.</param>
/// <param name="Found">How many of them the corpus has.</param>
/// <param name="Where">The first document of the corpus that has one; null if none has.</param>
/// <param name="Words">The words found there.</param>
public sealed record DocumentOverlap(string Task, int Document, int NGrams, int Found, string? Where, string? Words)
{
    /// <summary>Whether the corpus has any n-gram of the document.</summary>
    public bool IsContaminated => Found > 0;
}

/// <summary>
/// Looks for the documents of tasks in a corpus that a model was trained on, by n-grams of words: 13, as Brown et al. (2020, appendix C) and the
/// harness's own decontamination have it.
/// </summary>
public static class ContaminationCheck
{
    /// <summary>Words of an n-gram.</summary>
    public const int DefaultLength = 13;

    /// <summary>
    /// Checks the documents of tasks against a corpus. Of a document counts <c>doc_to_decontamination_query</c> where the task should decontaminate, else its
    /// prompt without examples. The corpus is read once and never held.
    /// </summary>
    /// <param name="tasks">The tasks.</param>
    /// <param name="options">Data sets and limits; examples are left out.</param>
    /// <param name="corpus">The corpus's documents.</param>
    /// <param name="length">Words of an n-gram.</param>
    /// <param name="progress">Told of the corpus's documents.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InputException">A task's data are not there or wrong, or the corpus is not readable.</exception>
    public static IReadOnlyList<DocumentOverlap> Run(
        IReadOnlyList<TaskNode> tasks, EvaluationOptions options, IEnumerable<Document> corpus, int length = DefaultLength, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(corpus);
        TaskLeaf[] bare = [.. tasks.SelectMany(node => node.Tasks).Select(config => new TaskLeaf(config with { Description = "", NumFewshot = 0 }))];
        EvaluationPlan plan = EvaluationPlan.Build(bare, options with { NumFewshot = 0 }, null, cancellationToken);
        if (plan.Failures.Count > 0)
            throw plan.Failures[0].Error;
        var index = new OverlapIndex(length);
        var documents = new List<(string Task, int Id, int NGrams)>();
        foreach (PlannedTask task in plan.Tasks)
        {
            foreach ((TaskInstance instance, string text) in task.Instances.Zip(Texts(task)))
                documents.Add((task.Config.Task, instance.Document.Id, index.Add(text)));
        }
        var found = documents.Select(_ => new SortedSet<int>()).ToArray();
        var first = new (string Where, int At)?[documents.Count];
        long read = 0;
        foreach (Document document in corpus)
        {
            cancellationToken.ThrowIfCancellationRequested();
            index.Find(document.Text, (owner, at) =>
            {
                found[owner].Add(at);
                first[owner] ??= (document.Id, at);
            });
            if (++read % 256 == 0)
                progress?.Report(new WorkProgress("contamination", read, null, "documents"));
        }
        return [.. documents.Select((document, i) => new DocumentOverlap(document.Task, document.Id, document.NGrams, found[i].Count,
            first[i]?.Where, first[i] is { } hit ? index.Words(i, hit.At) : null))];
    }

    private static IEnumerable<string> Texts(PlannedTask task)
    {
        if (task.Config.DecontaminationQuery is not { } query || task.Instances.Count == 0)
            return task.Instances.Select(instance => instance.Prompt);
        var reader = new FieldReader(task.Config, "doc_to_decontamination_query", query, task.Instances[0].Document.Row.Keys.ToHashSet(StringComparer.Ordinal));
        return task.Instances.Select(instance => PythonText.Str(reader.Value(instance.Document)));
    }
}
