using System.Text.Json;
using Castalia.Testing;
using Castalia.Text.Chat;

namespace Castalia.Evaluation.Tests.Tasks;

/// <summary>How a document becomes a context: descriptions, examples, prefixes, chat.</summary>
public sealed class PromptTests : IDisposable
{
    private const string Yaml = """
        task: demo
        output_type: multiple_choice
        dataset_path: json
        dataset_kwargs: {data_files: {train: rows.jsonl, test: rows.jsonl}}
        training_split: train
        test_split: test
        fewshot_config: {sampler: first_n}
        description: "Answer."
        doc_to_text: "Q: {{q}}"
        doc_to_choice: ["a", "b"]
        doc_to_target: answer
        """;

    private const string Rows = "{\"q\": \"one\", \"answer\": 0}\n{\"q\": \"two\", \"answer\": 1}";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IReadOnlyList<TaskInstance> Instances(string yaml, EvaluationOptions options, string rows = Rows)
    {
        File.WriteAllText(_folder["demo.yaml"], yaml);
        File.WriteAllText(_folder["rows.jsonl"], rows);
        return EvaluationPlan.Build(TaskLibrary.Open(_folder.Path).Load("demo"), options, null, TestContext.Current.CancellationToken).Tasks[0].Instances;
    }

    [Fact]
    public void Texts_are_parted_as_in_the_reference()
    {
        using JsonDocument vectors = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", "maybe_delimit.json")));
        foreach (JsonElement vector in vectors.RootElement.EnumerateArray())
        {
            Assert.Equal(vector.GetProperty("out").GetString(), PromptMessage.Delimited(
                vector.GetProperty("prefix").GetString(), vector.GetProperty("suffix").GetString(), vector.GetProperty("delimiter").GetString()!));
        }
    }

    [Fact]
    public void A_system_instruction_stands_before_the_description()
    {
        string context = Instances(Yaml, new EvaluationOptions { NumFewshot = 1, SystemInstruction = "Be brief." })[1].Requests[0].Context;
        Assert.Equal("Be brief.\n\nAnswer.Q: one a\n\nQ: two", context);
    }

    [Theory]
    [InlineData(false, "[system:Answer.][user:Q: one a\n\nQ: two][assistant]")]
    [InlineData(true, "[system:Answer.][user:Q: one][assistant:a][user:Q: two][assistant]")]
    public void Examples_are_one_message_or_turns_of_a_conversation(bool multiturn, string expected)
    {
        TaskInstance instance = Instances(Yaml, new EvaluationOptions { NumFewshot = 1, Chat = new Brackets(), FewshotAsMultiturn = multiturn })[1];
        Assert.Equal(expected, instance.Requests[0].Context);
        Assert.Equal(["a", "b"], instance.Requests.Select(request => request.Continuation)); // an answer begins its message without a delimiter
    }

    [Fact]
    public void A_prefix_begins_the_answer_of_question_and_examples()
    {
        string yaml = Yaml + "\ngen_prefix: \"The answer:\"\n";
        Assert.Equal("Answer.Q: one The answer: a\n\nQ: two The answer:", Instances(yaml, new EvaluationOptions { NumFewshot = 1 })[1].Requests[0].Context);
        TaskInstance chat = Instances(yaml, new EvaluationOptions { Chat = new Brackets() })[1];
        Assert.Equal("[system:Answer.][user:Q: two][assistant:The answer:", chat.Requests[0].Context);
        Assert.Equal(" a", chat.Requests[0].Continuation); // it goes on from the prefix, so that the delimiter is back
    }

    [Fact]
    public void Choices_may_stand_in_the_context_before_one_continuation()
    {
        const string Inputs = """
            task: demo
            output_type: multiple_choice
            dataset_path: json
            dataset_kwargs: {data_files: {train: rows.jsonl, test: rows.jsonl}}
            training_split: train
            test_split: test
            fewshot_config: {sampler: first_n}
            doc_to_text: "{{answer}}"
            doc_to_choice: "{{['It is ' ~ q, 'It was ' ~ q]}}"
            doc_to_target: "done."
            """;
        TaskInstance instance = Instances(Inputs, new EvaluationOptions { NumFewshot = 1 })[1];
        Assert.Equal(["It is one done.\n\nIt is two", "It is one done.\n\nIt was two"], instance.Requests.Select(request => request.Context));
        Assert.All(instance.Requests, request => Assert.Equal(" done.", request.Continuation));
        Assert.Equal([1], instance.Gold);
    }

    [Fact]
    public void Mutual_information_asks_for_every_choice_without_a_context_too()
    {
        TaskInstance instance = Instances(Yaml + "\nmetric_list: [{metric: acc_mutual_info}]\n", new EvaluationOptions())[0];
        Assert.Equal([new("Answer.Q: one", " a"), new("Answer.Q: one", " b"), new("", " a"), new("", " b")], instance.Requests);
    }

    [Fact]
    public void A_text_is_generated_until_the_next_example_would_begin()
    {
        string yaml = string.Join('\n', Yaml.Split('\n').Where(line => !line.StartsWith("output_type", StringComparison.Ordinal) && !line.StartsWith("doc_to_choice", StringComparison.Ordinal)));
        GenerationRequest request = Instances(yaml, new EvaluationOptions { GenerationArguments = new Dictionary<string, object?> { ["temperature"] = 0.5 } })[0].Generation!;
        Assert.Equal("Answer.Q: one", request.Context);
        Assert.Equal(["\n\n"], Assert.IsType<object?[]>(request.Arguments["until"]));
        Assert.Equal(0.5, request.Arguments["temperature"]);
    }

    [Fact]
    public void Documents_can_be_chosen_one_by_one()
    {
        var samples = new Dictionary<string, IReadOnlyList<int>> { ["demo"] = [1] };
        TaskInstance instance = Assert.Single(Instances(Yaml, new EvaluationOptions { Samples = samples }));
        Assert.Equal(1, instance.Document.Id);
        samples["demo"] = [2];
        Assert.Contains("there are 2", Assert.Throws<InputException>(() => Instances(Yaml, new EvaluationOptions { Samples = samples })).Message, StringComparison.Ordinal);
    }

    /// <summary>A chat format that shows what it was given.</summary>
    private sealed class Brackets : IChatFormat
    {
        public string Template => "brackets";

        public string Apply(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
        {
            string text = string.Concat(messages.Select(message => $"[{message.Role}:{message.Content}]"));
            return addGenerationPrompt ? text + "[assistant]" : text[..^1];
        }
    }
}
