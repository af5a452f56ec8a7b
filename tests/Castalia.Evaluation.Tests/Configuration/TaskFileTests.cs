using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Configuration;

/// <summary>Task files: what they may say, and how they are refused.</summary>
public sealed class TaskFileTests : IDisposable
{
    private const string Valid = """
        task: demo
        output_type: multiple_choice
        dataset_path: json
        dataset_kwargs: {data_files: {test: rows.jsonl}}
        test_split: test
        doc_to_text: "Q: {{q}}"
        doc_to_choice: ["a", "b"]
        doc_to_target: answer
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private EvaluationPlan Plan(string yaml, string rows = """{"q": "x", "answer": 1}""", string task = "demo", EvaluationOptions? options = null)
    {
        File.WriteAllText(_folder["demo.yaml"], yaml);
        File.WriteAllText(_folder["rows.jsonl"], rows);
        return EvaluationPlan.Build(TaskLibrary.Open(_folder.Path).Load(task), options, null, Stop);
    }

    [Fact]
    public void A_task_asks_for_every_choice_after_its_context()
    {
        TaskInstance instance = Assert.Single(Assert.Single(Plan(Valid).Tasks).Instances);
        Assert.Equal([new LoglikelihoodRequest("Q: x", " a"), new LoglikelihoodRequest("Q: x", " b")], instance.Requests);
        Assert.Equal([1], instance.Gold);
    }

    [Fact]
    public void One_file_may_list_many_tasks_that_share_the_keys_beside_the_list()
    {
        File.WriteAllText(_folder["demo.yaml"], Valid.Replace("task: demo", "task_list:\n  - task: demo_a\n  - {task: demo_b, doc_to_text: \"{{q}}!\", tag: b}"));
        File.WriteAllText(_folder["rows.jsonl"], """{"q": "x", "answer": 1}""");
        TaskLibrary library = TaskLibrary.Open(_folder.Path);
        Assert.Equal(["demo_a", "demo_b"], library.TaskNames);
        Assert.Equal(["b"], library.TagNames);
        EvaluationPlan plan = EvaluationPlan.Build(library.Load("demo_*"), null, null, Stop);
        Assert.Equal(["Q: x", "x!"], plan.Tasks.Select(task => task.Instances[0].Requests[0].Context));
        Assert.DoesNotContain("task_list", plan.Tasks[0].Config.Source.Keys);
    }

    [Theory]
    [InlineData("task_list: demo", "expected a list of tasks")]
    [InlineData("task_list: [{doc_to_text: q}]", "an entry has no 'task'")]
    [InlineData("task_list: [{task: demo}, {task: demo}]", "is defined by")]
    public void A_list_of_tasks_that_is_none_is_left_out_and_told(string list, string problem)
    {
        File.WriteAllText(_folder["demo.yaml"], list);
        Assert.Contains(TaskLibrary.Open(_folder.Path).Warnings, warning => warning.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_gold_that_is_no_choice_is_simply_wrong()
    {
        Assert.Equal([-100], Plan(Valid, """{"q": "x", "answer": 7}""").Tasks[0].Instances[0].Gold);
        Assert.Equal([-100], Plan(Valid, """{"q": "x", "answer": "c"}""").Tasks[0].Instances[0].Gold);
        Assert.Equal([1], Plan(Valid, """{"q": "x", "answer": "b"}""").Tasks[0].Instances[0].Gold);
        Assert.Equal([0, 1], Plan(Valid, """{"q": "x", "answer": [0, 1]}""").Tasks[0].Instances[0].Gold);
    }

    [Fact]
    public void A_rolling_task_counts_words_and_bytes_of_the_whole_text()
    {
        const string Yaml = """
            task: demo
            output_type: loglikelihood_rolling
            dataset_path: json
            dataset_kwargs: {data_files: {test: rows.jsonl}}
            test_split: test
            doc_to_text: ""
            doc_to_target: "{{text}}"
            """;
        EvaluationResult result = Evaluator.Evaluate(Plan(Yaml, """{"text": " é two  words"}"""), new Sha256LanguageModel(), null, Stop);
        Assert.Equal(["word_perplexity", "byte_perplexity", "bits_per_byte"], result.Tasks[0].Metrics.Select(metric => metric.Metric));
        SampleResult sample = Assert.Single(result.Tasks[0].Samples);
        IReadOnlyList<MetricScore> scores = Assert.Single(sample.Filtered).Scores;
        Assert.Equal(4, scores[0].Item.Weight);
        Assert.Equal(14, scores[1].Item.Weight);
        Assert.Equal(-(double)sample.Answers[0][0]! / 14 / Math.Log(2), result.Tasks[0].Metrics[2].Value, 1e-12);
    }

    [Fact]
    public void Included_keys_are_overridden_and_keep_their_own_folder()
    {
        Directory.CreateDirectory(_folder["base"]);
        File.WriteAllText(_folder["base", "_common.yaml"], Valid.Replace("task: demo\n", "", StringComparison.Ordinal).Replace("rows.jsonl", "rows.jsonl", StringComparison.Ordinal));
        EvaluationPlan plan = Plan("include: base/_common.yaml\ntask: demo\ntarget_delimiter: \"\\n\"\n");
        Assert.Equal("\na", plan.Tasks[0].Instances[0].Requests[0].Continuation);
    }

    [Fact]
    public void Groups_tags_patterns_and_inline_members_lead_to_tasks()
    {
        File.WriteAllText(_folder["group.yaml"], """
            group: all
            task:
              - demo
              - task: demo2
                output_type: multiple_choice
                dataset_path: json
                dataset_kwargs: {data_files: {test: rows.jsonl}}
                test_split: test
                doc_to_text: ""
                doc_to_choice: ["a", "b"]
                doc_to_target: 0
            aggregate_metric_list:
              - metric: acc
            """);
        EvaluationPlan plan = Plan(Valid + "\ntag: [letters]\n", task: "all");
        Assert.Equal(["demo", "all::demo2"], plan.Tasks.Select(task => task.Config.Task));
        TaskLibrary library = TaskLibrary.Open(_folder.Path);
        Assert.Equal("demo", Assert.Single(library.Load("letters")).Name);
        Assert.Equal("demo", Assert.Single(library.Load("de?o")).Name);
        EvaluationResult result = Evaluator.Evaluate(plan, new Sha256LanguageModel(), null, Stop);
        Assert.Equal(2, Assert.Single(result.Groups).Size);
    }

    [Fact]
    public void Shots_that_may_meet_the_document_itself_leave_it_out()
    {
        string rows = string.Join('\n', Enumerable.Range(0, 6).Select(i => $$"""{"q": "{{i}}", "answer": 0}"""));
        EvaluationPlan plan = Plan(Valid + "\nfewshot_split: test\n", rows, options: new EvaluationOptions { NumFewshot = 5 });
        foreach (TaskInstance instance in plan.Tasks[0].Instances)
        {
            string context = instance.Requests[0].Context;
            Assert.Equal(6, context.Split("Q: ", StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
            Assert.EndsWith($"Q: {instance.Document.Id}", context, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_task_that_says_no_shots_has_none() =>
        Assert.Equal(0, Plan(Valid + "\nnum_fewshot: 0\n", options: new EvaluationOptions { NumFewshot = 3 }).Tasks[0].Fewshot);

    [Theory]
    [InlineData("doc_to_txet: x", "doc_to_txet", "Did you mean 'doc_to_text'?")]
    [InlineData("output_type: multiple_chioce", "output_type", "Did you mean 'multiple_choice'?")]
    [InlineData("process_docs: !function utils.process_docs", "process_docs", "'!function utils.process_docs' has no equal")]
    [InlineData("doc_to_text: !function utils.text", "doc_to_text", "'!function utils.text' has no equal")]
    [InlineData("metric_list: [{metric: accc}]", "metric_list", "Did you mean 'acc'?")]
    [InlineData("metric_list: [{metric: acc, agregation: mean}]", "agregation", "Did you mean 'aggregation'?")]
    [InlineData("metric_list: [{metric: perplexity}]", "metric_list", "no meaning for this output type")]
    [InlineData("test_split: tset", "task 'demo'", "Did you mean 'test'?")]
    [InlineData("dataset_path: hub/name", "dataset_path", "was not found")]
    [InlineData("use_prompt: promptsource", "use_prompt", "is not supported here")]
    [InlineData("class: !function task.Python", "class", "'!function task.Python' has no equal")]
    [InlineData("filter_list: [{name: x, filter: [{function: takefirst}]}]", "filter_list", "takefirst")]
    [InlineData("repeats: 0", "repeats", "no number of repeats")]
    [InlineData("doc_to_choice: [yes, no]", "doc_to_choice", "every choice must be text")]
    [InlineData("doc_to_text: \"{{q\"", "doc_to_text", "never closed")]
    [InlineData("doc_to_text: \"{{missing}}\"", "document 0 of split 'test', doc_to_text", "'missing' is undefined")]
    [InlineData("doc_to_choice: [\"\", \"b\"]", "doc_to_choice", "choice 0 is empty")]
    [InlineData("doc_to_choice: \"{{q}}\"", "doc_to_choice", "no Python literal")]
    [InlineData("fewshot_config: {sampler: frist_n}", "fewshot_config", "Did you mean 'first_n'?")]
    [InlineData("num_fewshot: many", "num_fewshot", "expected a whole number")]
    [InlineData("include: nothing.yaml", "include", "there is no file")]
    [InlineData("include: demo.yaml", "include", "includes itself")]
    public void What_is_wrong_is_named(string line, string place, string problem)
    {
        string key = line.Split(':')[0];
        string yaml = string.Join('\n', Valid.Split('\n').Where(l => !l.StartsWith(key + ":", StringComparison.Ordinal)).Append(line));
        var error = Assert.Throws<InputException>(() => Plan(yaml));
        Assert.Contains(place, error.Place, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.EndsWith("demo.yaml", error.File, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"q\": 1", "line 1, column 8")]
    [InlineData("{\"q\": \"x\", \"answer\": 0}\n[1]", "line 2, column 1")]
    public void A_broken_row_is_named(string rows, string place)
    {
        var error = Assert.Throws<InputException>(() => Plan(Valid, rows));
        Assert.Equal(place, error.Place);
        Assert.EndsWith("rows.jsonl", error.File, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_yaml_and_unknown_names_are_named()
    {
        Assert.Contains("line", Assert.Throws<InputException>(() => Plan("task: [")).Place, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'demo'?", Assert.Throws<InputException>(() => Plan(Valid, task: "dmeo")).Message, StringComparison.Ordinal);
        Assert.Contains("more than once", Assert.Throws<InputException>(() =>
        {
            Plan(Valid + "\ntag: t\n");
            TaskLibrary.Open(_folder.Path).Load("demo", "t");
        }).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no", false)]
    [InlineData("010", 8L)]
    [InlineData("1_000", 1000L)]
    [InlineData("0x1F", 31L)]
    [InlineData("1e5", "1e5")]
    [InlineData("1.5e+3", 1500.0)]
    [InlineData("1.", 1.0)]
    [InlineData("~", null)]
    [InlineData("y", "y")]
    public void Plain_scalars_are_read_as_pyyaml_reads_them(string text, object? expected) => Assert.Equal(expected, YamlScalar.Resolve(text));
}
