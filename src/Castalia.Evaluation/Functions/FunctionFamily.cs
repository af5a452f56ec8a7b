namespace Castalia.Evaluation;

/// <summary>
/// The functions of one family of tasks: what the harness has in one Python module beside the family's YAML files.
/// The same module and name occur in hundreds of families, so a function is known by its folder first.
/// </summary>
/// <param name="module">The module's name: <c>utils</c>.</param>
/// <param name="folders">The folders, below the harness's <c>tasks</c>, that have the module: <c>hellaswag</c>, <c>super_glue/cb</c>.</param>
internal sealed class FunctionFamily(string module, params string[] folders)
{
    private readonly OrderedDictionary<string, TaskFunction> _functions = new(StringComparer.Ordinal);

    /// <summary>The module's name.</summary>
    public string Module => module;

    /// <summary>The folders that have it.</summary>
    public IReadOnlyList<string> Folders => folders;

    /// <summary>The functions by name, without the module.</summary>
    public IReadOnlyDictionary<string, TaskFunction> Functions => _functions;

    /// <summary>Adds a <c>process_docs</c>.</summary>
    public FunctionFamily Rows(string name, Func<IReadOnlyList<Row>, IReadOnlyList<Row>> apply) => Add(name, full => new DocumentsFunction(full, apply));

    /// <summary>Adds a <c>process_docs</c> that gives every row further columns, or new values to columns it has.</summary>
    public FunctionFamily EachRow(string name, Func<Row, Row> change) =>
        Rows(name, rows => [.. rows.Select(row => Columns.Merge(row, change(row)))]);

    /// <summary>Adds a <c>doc_to_text</c>, <c>doc_to_target</c> or <c>doc_to_choice</c>.</summary>
    public FunctionFamily Field(string name, Func<Row, object?> apply) => Add(name, full => new DocumentFunction(full, apply));

    /// <summary>Adds a <c>process_results</c>.</summary>
    public FunctionFamily Results(string name, Func<Row, IReadOnlyList<object?>, Row> apply) => Add(name, full => new ResultsFunction(full, apply));

    /// <summary>Adds an <c>aggregation</c>.</summary>
    public FunctionFamily Aggregation(string name, Func<IReadOnlyList<object?>, double> apply) => Add(name, full => new AggregationFunction(full, apply));

    /// <summary>Adds a <c>metric</c>: references, predictions, options to an item or items by name.</summary>
    public FunctionFamily Metric(string name, Func<IReadOnlyList<object?>, IReadOnlyList<object?>, Row, object?> apply) =>
        Add(name, full => new MetricFunction(full, apply));

    /// <summary>Adds a filter.</summary>
    public FunctionFamily Filter(string name, Func<Row, IFilter> create) => Add(name, full => new FilterFunction(full, create));

    /// <summary>Adds examples written in code.</summary>
    public FunctionFamily Samples(string name, Func<IReadOnlyList<Row>> apply) => Add(name, full => new SamplesFunction(full, apply));

    /// <summary>The length of the family's folder that a task's folder ends with; 0 if it ends with none of them.</summary>
    /// <param name="folder">The task's folder, with forward slashes.</param>
    public int Match(string folder)
    {
        int longest = 0;
        foreach (string own in folders)
        {
            bool ends = folder.EndsWith(own, StringComparison.Ordinal) && (folder.Length == own.Length || folder[^(own.Length + 1)] == '/');
            longest = ends ? Math.Max(longest, own.Length) : longest;
        }
        return longest;
    }

    private FunctionFamily Add(string name, Func<string, TaskFunction> create)
    {
        _functions.Add(name, create($"{module}.{name}"));
        return this;
    }
}
