namespace Castalia.Evaluation;

/// <summary>A task with its requests.</summary>
/// <param name="Config">The task.</param>
/// <param name="Fewshot">Examples before each question.</param>
/// <param name="Total">Documents of the split, of which <paramref name="Instances"/> are some.</param>
/// <param name="Instances">The documents that are asked, in the split's order.</param>
public sealed record PlannedTask(TaskConfig Config, int Fewshot, int Total, IReadOnlyList<TaskInstance> Instances)
{
    /// <summary>Requests that the model is asked, repeats included.</summary>
    public int RequestCount => Config.Repeats * Instances.Sum(instance => instance.Requests.Count + (instance.Rolling is null && instance.Generation is null ? 0 : 1));

    /// <summary>Golds that are none of their document's choices, which counts as wrong whatever is answered: the documents.</summary>
    public IReadOnlyList<int> GoldsOutOfRange =>
        Config.ProcessResults is not null ? [] : [.. Instances.Where(instance => instance.Gold.Contains(-100)).Select(instance => instance.Document.Id)];

    /// <summary>Splits that were not at hand, with what was read in their place; empty unless stand-ins were asked for.</summary>
    public IReadOnlyList<string> StandIns { get; init; } = [];

    internal RequestKind Kind => Config.OutputType switch
    {
        OutputType.LoglikelihoodRolling => RequestKind.Rolling,
        OutputType.GenerateUntil => RequestKind.Generation,
        _ => RequestKind.Loglikelihood,
    };

    internal static PlannedTask Build(TaskConfig config, EvaluationOptions options, CancellationToken cancellationToken)
    {
        // A task that says 0 means it: its examples, if any, are in its text.
        int shots = config.NumFewshot is 0 ? 0 : options.NumFewshot ?? config.NumFewshot ?? 0;
        if (options.GenerationArguments is { } over && config.OutputType == OutputType.GenerateUntil)
            config = config with { GenerationArguments = Merge(config.GenerationArguments, over) };
        if (options.PredictOnly)
            config = config with { Metrics = [MetricConfig.Bypass], ProcessResults = null };
        var dataset = new WatchedDataset(options.Datasets.Open(config.Dataset));
        (IReadOnlyList<TaskDocument> documents, int total) = Documents(config, dataset, options);
        if (total == 0)
            throw new InputException(config.File, $"task '{config.Task}'", $"the split '{config.EvaluationSplit}' has no documents.", "Name a split with documents.");
        var sampler = new FewshotSampler(config, shots > 0 ? Pool(config, dataset) : [], shots, options.FewshotSeed);
        var builder = new InstanceBuilder(config, documents[0], sampler, options.Prompt);
        var instances = new TaskInstance[documents.Count];
        for (int i = 0; i < instances.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            instances[i] = builder.Build(documents[i]);
        }
        return new PlannedTask(config, shots, total, instances) { StandIns = dataset.StandIns };
    }

    private static (IReadOnlyList<TaskDocument>, int total) Documents(TaskConfig config, Dataset dataset, EvaluationOptions options)
    {
        string split = config.EvaluationSplit;
        IReadOnlyList<int>? chosen = options.Samples is { } samples && samples.TryGetValue(config.Task, out IReadOnlyList<int>? own) ? own : null;
        IReadOnlyList<Row> rows;
        int total;
        // What a function does to the rows may change their number: then all are needed.
        if (config.ProcessDocs is null && chosen is null)
        {
            DatasetRows read = dataset.Read(split, options.Count);
            return ([.. read.Rows.Select((row, i) => new TaskDocument(split, i, row))], read.Total);
        }
        rows = Process(config, "process_docs", config.ProcessDocs, split, dataset.Read(split));
        total = rows.Count;
        if (chosen is null)
            return ([.. rows.Take(options.Count(total)).Select((row, i) => new TaskDocument(split, i, row))], total);
        int[] ids = [.. chosen.Distinct().Order()];
        return ids.Length > 0 && (ids[0] < 0 || ids[^1] >= total)
            ? throw new InputException("samples", $"task '{config.Task}'", $"the document {(ids[0] < 0 ? ids[0] : ids[^1])} was asked for, and there are {total}.",
                $"Name documents from 0 to {total - 1}.")
            : ([.. ids.Select(id => new TaskDocument(split, id, rows[id]))], total);
    }

    private static TaskDocument[] Pool(TaskConfig config, Dataset dataset)
    {
        FewshotConfig fewshot = config.Fewshot;
        if (fewshot.Split is null && fewshot.Samples is { } samples)
            return [.. samples.Select((row, i) => new TaskDocument("fewshot_config", i, row))];
        string split = fewshot.Split ?? config.TrainingSplit ?? config.ValidationSplit ?? config.TestSplit!;
        DocumentsFunction? process = fewshot.Split is null ? config.ProcessDocs : fewshot.ProcessDocs;
        return [.. Process(config, "fewshot_config.process_docs", process, split, dataset.Read(split)).Select((row, i) => new TaskDocument(split, i, row))];
    }

    private static IReadOnlyList<Row> Process(TaskConfig config, string key, DocumentsFunction? process, string split, IReadOnlyList<Row> rows) =>
        process is null ? rows : new TaskDocument(split, 0, new OrderedDictionary<string, object?>()).Run(config, key, () => process.Apply(rows));

    private static OrderedDictionary<string, object?> Merge(Row task, Row over)
    {
        var merged = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string key, object? value) in task)
            merged[key] = value;
        foreach ((string key, object? value) in over)
            merged[key] = value;
        return merged;
    }
}
