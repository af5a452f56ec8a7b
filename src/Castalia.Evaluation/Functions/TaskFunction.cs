namespace Castalia.Evaluation;

/// <summary>
/// What lm-evaluation-harness writes in Python beside a task and names in its YAML as <c>!function module.name</c>, written here in C#. Rows and
/// values are Python's: null, bool, long, double, text, lists and dictionaries of such.
/// </summary>
/// <param name="Name">Module and name, as the YAML gives them.</param>
public abstract record TaskFunction(string Name);

/// <summary>Turns a split's rows into others: <c>process_docs</c>.</summary>
/// <param name="Name">Module and name.</param>
/// <param name="Apply">Rows to rows.</param>
public sealed record DocumentsFunction(string Name, Func<IReadOnlyList<Row>, IReadOnlyList<Row>> Apply) : TaskFunction(Name);

/// <summary>A value of one document: <c>doc_to_text</c>, <c>doc_to_target</c>, <c>doc_to_choice</c>.</summary>
/// <param name="Name">Module and name.</param>
/// <param name="Apply">Row to value.</param>
public sealed record DocumentFunction(string Name, Func<Row, object?> Apply) : TaskFunction(Name);

/// <summary>
/// Scores one document: <c>process_results</c>. It is given the row and one answer a request (a boxed <see cref="Loglikelihood"/>, a double for
/// a whole text, or what the filters made of a generated text) and gives one item a metric by name.
/// </summary>
/// <param name="Name">Module and name.</param>
/// <param name="Apply">Row and answers to items.</param>
public sealed record ResultsFunction(string Name, Func<Row, IReadOnlyList<object?>, Row> Apply) : TaskFunction(Name);

/// <summary>Brings the items of all documents together: <c>aggregation</c>.</summary>
/// <param name="Name">Module and name.</param>
/// <param name="Apply">Items to the metric's value.</param>
public sealed record AggregationFunction(string Name, Func<IReadOnlyList<object?>, double> Apply) : TaskFunction(Name);

/// <summary>Scores one prediction against references: a <c>metric</c> of a task that generates text.</summary>
/// <param name="Name">Module and name.</param>
/// <param name="Apply">References, predictions and the metric's options to an item, or to a dictionary of items by metric name.</param>
public sealed record MetricFunction(string Name, Func<IReadOnlyList<object?>, IReadOnlyList<object?>, Row, object?> Apply) : TaskFunction(Name);

/// <summary>A filter: the <c>function: custom</c> kind with a <c>filter_fn</c>, or a class named as <c>function: !function</c>.</summary>
/// <param name="Name">Module and name.</param>
/// <param name="Create">The filter for the options that stand beside it.</param>
public sealed record FilterFunction(string Name, Func<Row, IFilter> Create) : TaskFunction(Name);

/// <summary>Examples written out in code: <c>fewshot_config.samples</c>.</summary>
/// <param name="Name">Module and name.</param>
/// <param name="Apply">The examples.</param>
public sealed record SamplesFunction(string Name, Func<IReadOnlyList<Row>> Apply) : TaskFunction(Name);
