namespace Castalia.Evaluation;

/// <summary>The functions of the harness's tasks that are built in, found by the file that names them.</summary>
public static class TaskFunctions
{
    private static readonly FunctionFamily[] Families =
    [
        Agieval.Family, Aime.Family, Arithmetic.Family, BigBenchHard.ZeroShot, BigBenchHard.CotZeroShot, Copa.Family, CoqaTask.Family, CommitmentBank.Family,
        CommitmentBank.T5, CrowsPairs.Family, DropTask.Family, Gpqa.Family, Gpqa.NShot, Hellaswag.Family, HendrycksMath.Family, HumanEval.Family, IfevalTask.Family, LeaderboardMath.Family, LeaderboardMmluPro.Family, Logiqa.Family, MathQa.Family, Mbpp.Family, Medmcqa.Family, MinervaMath.Family, MmluFlan.Family,
        MmluPro.Family, Mnli.Family, MultiRc.T5, Musr.Family, Mutual.Family, OpenAiMmmlu.Family, PubmedQa.Family, Race.Family, Record.Family, Record.T5, Toxigen.Family, TruthfulQa.Family, WebQs.Family, Wikitext.Family, Winogender.Family, Winogrande.Family, Wsc.Family, Wsc.T5, Wsc273.Family,
        Xcopa.Family, Xwinograd.Family,
    ];

    /// <summary>The functions that are built in: the folder below the harness's <c>tasks</c>, module and name, and the role.</summary>
    public static IReadOnlyList<BuiltInFunction> Names { get; } =
    [
        .. from family in Families
           from folder in family.Folders
           from function in family.Functions.Values
           orderby folder, function.Name
           select new BuiltInFunction(folder, function.Name, RoleOf(function)),
    ];

    /// <summary>The function that a task file means, or null if none is built in.</summary>
    /// <typeparam name="T">The role that it is to play.</typeparam>
    /// <param name="taskFile">The YAML file in which it is named: its folder tells the family (<c>hellaswag</c>, <c>mmlu_pro</c>).</param>
    /// <param name="name">
    /// Module and name: <c>utils.process_docs</c>; or from another folder: <c>..utils.f</c>, <c>../utils.f</c>, <c>lm_eval.tasks.x.utils.f</c>.
    /// </param>
    /// <remarks>
    /// What is built in goes by the folder's name. Where the task came with its Python file and that has nothing of the name, the name is an error
    /// to the harness and is not found here. A function of no known folder is found if the Python file writes it in one of the shapes that
    /// are known; the file is only read, never run.
    /// </remarks>
    public static T? Find<T>(string taskFile, string name) where T : TaskFunction
    {
        ArgumentNullException.ThrowIfNull(taskFile);
        ArgumentNullException.ThrowIfNull(name);
        if (FunctionName.Read(taskFile, name) is not { } place)
            return null;
        PythonSource? source = place.PythonFile is { } file ? PythonSource.Read(file) : null;
        FunctionFamily? family = Families.Where(family => family.Module == place.Module && family.Functions.ContainsKey(place.Name))
            .MaxBy(family => family.Match(place.Folder));
        if (family?.Match(place.Folder) > 0 && source?.Has(place.Name) != false)
            return family.Functions[place.Name] as T;
        return source is null ? null : PythonShapes.Find(source, $"{place.Module}.{place.Name}", place.Name) as T;
    }

    private static string RoleOf(TaskFunction function) => function switch
    {
        DocumentsFunction => "process_docs",
        DocumentFunction => "field",
        ResultsFunction => "process_results",
        AggregationFunction => "aggregation",
        MetricFunction => "metric",
        FilterFunction => "filter",
        _ => "samples",
    };
}

/// <summary>A function that is built in.</summary>
/// <param name="Folder">The folder below the harness's <c>tasks</c>.</param>
/// <param name="Name">Module and name.</param>
/// <param name="Role">What it is for: <c>process_docs</c>, <c>field</c> (doc_to_text, doc_to_target, doc_to_choice), <c>process_results</c>,
/// <c>aggregation</c>, <c>metric</c>, <c>filter</c>, <c>samples</c>.</param>
public sealed record BuiltInFunction(string Folder, string Name, string Role);
