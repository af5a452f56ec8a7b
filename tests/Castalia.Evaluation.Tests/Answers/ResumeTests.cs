using System.Globalization;
using Castalia.Evaluation.Tests.Backends;
using Castalia.Models;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Answers;

/// <summary>Runs that are broken off and started again ask nothing twice and come to the same results, to the bit.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string File => _folder["answers.txt"];

    /// <summary>A task of each kind, and one that asks for the same choices as another.</summary>
    private EvaluationPlan Plan()
    {
        System.IO.File.WriteAllLines(_folder["rows.jsonl"], Enumerable.Range(0, 6).Select(i => $$"""{"q": "question {{i}}", "answer": {{i % 2}}}"""));
        Write("choices", "output_type: multiple_choice\ndoc_to_choice: [\"a\", \"b\"]");
        Write("again", "output_type: multiple_choice\ndoc_to_choice: [\"a\", \"b\", \"c\"]");
        Write("rolling", "output_type: loglikelihood_rolling\nmetric_list: [{metric: byte_perplexity}]");
        Write("texts", "output_type: generate_until\ngeneration_kwargs: {until: [\"\\n\"]}\nmetric_list: [{metric: exact_match}]");
        return EvaluationPlan.Build(TaskLibrary.Open(_folder.Path).Load(["choices", "again", "rolling", "texts"]), new EvaluationOptions { BootstrapIterations = 100 }, null, Stop);
    }

    private void Write(string task, string lines) => System.IO.File.WriteAllText(_folder[task + ".yaml"], $$$"""
        task: {{{task}}}
        dataset_path: json
        dataset_kwargs: {data_files: {test: rows.jsonl}}
        test_split: test
        doc_to_text: "{{q}}"
        doc_to_target: answer
        {{{lines}}}
        """);

    private static string Numbers(EvaluationResult result)
    {
        Assert.Empty(result.Failures);
        IEnumerable<string> answers = result.Tasks.SelectMany(task => task.Samples).SelectMany(sample => sample.Answers).SelectMany(all => all)
            .Select(answer => Convert.ToString(answer, CultureInfo.InvariantCulture)!);
        return ResultsFile.Text(result, new RunDescription()) + string.Join('\n', answers);
    }

    private string Run(EvaluationPlan plan, RecordingModel model)
    {
        using AnswerStore store = AnswerStore.Open(File);
        return Numbers(Evaluator.Evaluate(plan, new StoredAnswers(model, store, "model 1"), null, Stop));
    }

    [Fact]
    public void A_run_broken_off_at_any_request_goes_on_where_it_was()
    {
        EvaluationPlan plan = Plan();
        var plain = new RecordingModel();
        string expected = Numbers(Evaluator.Evaluate(plan, plain, null, Stop));
        // Twelve choices stand in two tasks each, and the six targets are two texts: they are put once.
        string[] different = [.. plain.Asked.Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(plain.Asked.Count - 16, different.Length);
        for (int breakAfter = 0; breakAfter <= different.Length; breakAfter++)
        {
            System.IO.File.Delete(File);
            RecordingModel first = new(breakAfter), second = new(), third = new();
            if (breakAfter < different.Length)
                Assert.Throws<InvalidOperationException>(() => Run(plan, first));
            else
                Run(plan, first);
            Assert.Equal(expected, Run(plan, second));
            Assert.Equal(different, first.Asked.Concat(second.Asked).Order(StringComparer.Ordinal));
            Assert.Equal(expected, Run(plan, third));
            Assert.Empty(third.Asked);
        }
    }

    [Fact]
    public void A_file_that_ends_at_any_byte_costs_what_it_lacks()
    {
        EvaluationPlan plan = Plan();
        var first = new RecordingModel();
        string expected = Run(plan, first);
        byte[] whole = System.IO.File.ReadAllBytes(File);
        for (int length = 0; length < whole.Length; length += 13)
        {
            System.IO.File.WriteAllBytes(File, whole[..length]);
            int there;
            using (AnswerStore store = AnswerStore.Open(File))
                there = store.Count;
            var second = new RecordingModel();
            Assert.Equal(expected, Run(plan, second));
            Assert.Equal(first.Asked.Count - there, second.Asked.Count);
            Assert.Equal(first.Asked.Skip(there).Order(StringComparer.Ordinal), second.Asked.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Drawn_texts_are_kept_one_by_one()
    {
        static GenerationRequest Request(params (string, object?)[] arguments) => new("Q", arguments.ToDictionary(pair => pair.Item1, pair => pair.Item2));
        GenerationRequest drawn = Request(("do_sample", true)), warm = Request(("temperature", 0.5)), greedy = Request(("do_sample", false), ("temperature", 0L));
        using AnswerStore store = AnswerStore.Open(File);
        RecordingModel first = new(), second = new(), third = new();
        new StoredAnswers(first, store, "m").Generate([drawn, drawn with { Repeat = 1 }, warm, greedy, greedy with { Repeat = 1 }], null, Stop);
        Assert.Equal(4, first.Asked.Count);
        new StoredAnswers(second, store, "m").Generate([drawn, drawn with { Repeat = 1 }, drawn with { Repeat = 2 }, warm, greedy], null, Stop);
        Assert.Single(second.Asked);
        new StoredAnswers(third, store, "another").Generate([greedy], null, Stop);
        Assert.Single(third.Asked);
    }

    [Fact]
    public void A_task_that_repeats_its_questions_is_asked_for_what_is_missing()
    {
        System.IO.File.WriteAllLines(_folder["rows.jsonl"], ["""{"q": "Q", "answer": 1}"""]);
        Write("drawn", "output_type: generate_until\ngeneration_kwargs: {until: [], do_sample: true}\nmetric_list: [{metric: exact_match}]\nrepeats: 3");
        EvaluationPlan plan = EvaluationPlan.Build(TaskLibrary.Open(_folder.Path).Load(["drawn"]), null, null, Stop);
        RecordingModel first = new(2), second = new();
        Assert.Throws<InvalidOperationException>(() => Run(plan, first));
        Run(plan, second);
        Assert.Equal(["text 2 of Q", "text 1 of Q"], first.Asked);
        Assert.Equal(["text 0 of Q"], second.Asked);
    }

    [Fact]
    public void A_transformer_is_asked_for_what_is_missing()
    {
        EvaluationPlan plan = Plan();
        using Transformer transformer = TinyModel.Load();
        var model = new TransformerLanguageModel(transformer, TinyModel.Tokenizer, "tiny", new LanguageModelOptions { TokensPerPass = 64 });
        LoglikelihoodRequest[] requests = [.. plan.Tasks.SelectMany(task => task.Instances).SelectMany(instance => instance.Requests)];
        IReadOnlyList<Loglikelihood> expected = model.Loglikelihoods(requests, null, Stop);
        using AnswerStore store = AnswerStore.Open(File);
        var stored = new StoredAnswers(model, store, "tiny");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        int told = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => stored.Loglikelihoods(requests, (_, _) =>
        {
            if (++told == 7)
                stop.Cancel();
        }, stop.Token));
        Assert.InRange(store.Count, 7, requests.Length - 1);
        int before = store.Count;
        IReadOnlyList<Loglikelihood> found = stored.Loglikelihoods(requests, null, Stop);
        Assert.Equal(requests.Distinct().Count(), store.Count);
        Assert.True(stored.Remembered >= before);
        for (int i = 0; i < requests.Length; i++)
            Assert.Equal(expected[i].Value, found[i].Value, 1e-4);
    }
}
