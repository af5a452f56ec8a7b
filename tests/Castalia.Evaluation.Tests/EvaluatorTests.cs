using Castalia.Testing;

namespace Castalia.Evaluation.Tests;

/// <summary>Runs in which something goes wrong, and what is left of them.</summary>
public sealed class EvaluatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private EvaluationPlan Plan(params (string task, string line)[] tasks)
    {
        File.WriteAllText(_folder["rows.jsonl"], "{\"q\": \"x\", \"answer\": 0}\n{\"q\": \"y\", \"answer\": 7}");
        foreach ((string task, string line) in tasks)
        {
            File.WriteAllText(_folder[task + ".yaml"], $$$"""
                task: {{{task}}}
                output_type: multiple_choice
                dataset_path: json
                dataset_kwargs: {data_files: {test: rows.jsonl}}
                test_split: test
                doc_to_text: "{{{task}}}: {{q}}"
                doc_to_choice: ["a", "b"]
                doc_to_target: answer
                {{{line}}}
                """);
        }
        return EvaluationPlan.Build(TaskLibrary.Open(_folder.Path).Load(tasks.Select(task => task.task)), null, null, Stop);
    }

    [Fact]
    public void A_task_that_cannot_be_prepared_leaves_the_others_alone()
    {
        EvaluationPlan plan = Plan(("good", ""), ("bad", "description: \"{{missing}}\""), ("better", ""));
        EvaluationResult result = Evaluator.Evaluate(plan, new Sha256LanguageModel(), null, Stop);
        Assert.Equal(["good", "better"], result.Tasks.Select(task => task.Task.Task));
        TaskFailure failure = Assert.Single(result.Failures);
        Assert.Equal("bad", failure.Task);
        Assert.Contains("task 'bad', document 0 of split 'test', description", failure.Error.Place, StringComparison.Ordinal);
        Assert.Contains("bad", ResultsFile.Text(result, new RunDescription()), StringComparison.Ordinal);
    }

    [Fact]
    public void Golds_out_of_range_are_told() => Assert.Equal([1], Plan(("good", "")).Tasks[0].GoldsOutOfRange);

    [Fact]
    public void A_request_that_cannot_be_answered_costs_its_own_task_only()
    {
        var model = new Refusing("bad");
        var scored = new List<string>();
        EvaluationResult result = Evaluator.Evaluate(Plan(("good", ""), ("bad", ""), ("better", "")), model, null, Stop, task => scored.Add(task.Task.Task));
        Assert.Equal(["good", "better"], scored);
        Assert.Equal("bad", Assert.Single(result.Failures).Task);
    }

    [Fact]
    public void A_model_that_answers_nothing_is_given_up()
    {
        var model = new Refusing("");
        EvaluationResult result = Evaluator.Evaluate(Plan([.. Enumerable.Range(0, 40).Select(i => ($"task{i}", ""))]), model, null, Stop);
        Assert.Empty(result.Tasks);
        Assert.Equal(40, result.Failures.Count);
        Assert.InRange(model.Calls, 1, 10);
    }

    /// <summary>Answers in order until it comes to a context that begins with something.</summary>
    private sealed class Refusing(string beginning) : ILanguageModel
    {
        public int Calls { get; private set; }

        public string Name => "refusing";

        public IReadOnlyList<Loglikelihood> Loglikelihoods(
            IReadOnlyList<LoglikelihoodRequest> requests, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default)
        {
            Calls++;
            for (int i = 0; i < requests.Count; i++)
            {
                if (requests[i].Context.StartsWith(beginning, StringComparison.Ordinal))
                    throw new InputException("server", null, "it times out.", "Try again.");
                answered?.Invoke(i, new Loglikelihood(-1, true));
            }
            return [.. requests.Select(_ => new Loglikelihood(-1, true))];
        }

        public IReadOnlyList<double> RollingLoglikelihoods(
            IReadOnlyList<RollingRequest> requests, Action<int, double>? answered = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public IReadOnlyList<string> Generate(
            IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
