using System.Text.Json;
using Castalia.Testing;
using static Castalia.Evaluation.Tests.Backends.Http.ScriptedServer;

namespace Castalia.Evaluation.Tests.Backends.Http;

/// <summary>What is posted to a completions server, and what becomes of its answers, however bad they are.</summary>
public sealed class CompletionsLanguageModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CompletionsLanguageModelTests() => TinyModel.Tokenizer.Save(_folder["tokenizer.json"]);

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private HttpModelOptions Options(ScriptedServer server) => new()
    {
        BaseUrl = new Uri(server.Url),
        Model = "tiny",
        Tokenizer = _folder.Path,
        ApiKey = "sk-secret",
        RetryDelay = TimeSpan.FromMilliseconds(1),
    };

    private static LoglikelihoodRequest[] Two => [new("ab", " c"), new("ab", " cd")];

    /// <summary>Log-probabilities -(index in the prompt) each, and a likelier token beside the last one of odd prompts.</summary>
    private static object Scored(JsonElement prompt, int index) => new
    {
        index,
        text = "",
        logprobs = new
        {
            token_logprobs = Enumerable.Range(0, prompt.GetArrayLength() + 1).Select(i => i == 0 ? null : (double?)-i),
            top_logprobs = Enumerable.Range(0, prompt.GetArrayLength() + 1).Select(i => i == 0 ? null
                : new Dictionary<string, double> { ["x"] = -i, ["y"] = prompt.GetArrayLength() % 2 == 1 && i == prompt.GetArrayLength() - 1 ? -0.5 : -100 }),
        },
    };

    private static object Scored(Posted posted)
    {
        JsonElement prompts = posted.Json.GetProperty("prompt");
        // In the wrong order: the index counts.
        return new { choices = prompts.EnumerateArray().Select(Scored).Reverse() };
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 4)]
    public void Asks_as_the_harness_does(int batchSize, int concurrent)
    {
        using var server = new ScriptedServer(posted => Reply(Scored(posted)));
        using var model = new CompletionsLanguageModel(Options(server) with { BatchSize = batchSize, Concurrent = concurrent });
        var told = new Dictionary<int, Loglikelihood>();
        IReadOnlyList<Loglikelihood> answers = model.Loglikelihoods(Two, told.Add, Stop);
        Assert.Equal([new Loglikelihood(-2 - 3, true), new Loglikelihood(-2 - 3 - 4, false)], answers);
        Assert.Equal(answers, [told[0], told[1]]);
        Assert.Equal(2 / batchSize, server.Requests.Count);
        Posted first = server.Requests.First(posted => posted.Body.Contains("[97,98,32,99,100]", StringComparison.Ordinal));
        string rest = batchSize == 2 ? ",[97,98,32,99]" : "";
        Assert.Equal($$"""{"model":"tiny","prompt":[[97,98,32,99,100]{{rest}}],"temperature":0,"max_tokens":1,"logprobs":1,"seed":1234,"echo":true}""", first.Body);
        Assert.Contains("Authorization: Bearer sk-secret", first.Head, StringComparison.Ordinal);
        Assert.StartsWith("POST /v1/completions HTTP/1.1\r\n", first.Head, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_contexts_lose_their_beginning_and_texts_can_be_sent_as_texts()
    {
        using var server = new ScriptedServer(posted => Reply(new
        {
            choices = new[] { Scored(JsonSerializer.SerializeToElement(posted.Json.GetProperty("prompt").GetString()!.Select(c => (int)c)), 0) },
        }));
        using var model = new CompletionsLanguageModel(Options(server) with { MaxLength = 5, TokenizedRequests = false });
        Assert.Equal(-3, model.Loglikelihoods([new("abcdef", "g")], null, Stop)[0].Value);
        Assert.Equal("defg", server.Requests.Single().Json.GetProperty("prompt").GetString());
        Assert.Contains("4 tokens, and a prompt at most 4", Assert.Throws<InputException>(() => model.Loglikelihoods([new("a", "bcde")], null, Stop)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_texts_are_scored_in_windows()
    {
        using var server = new ScriptedServer(posted => Reply(Scored(posted)));
        using var model = new CompletionsLanguageModel(Options(server) with { MaxLength = 5, Concurrent = 2 });
        // <|endoftext|> before a b c, then c before d e filled up with b: -1-2-3, and -2-3 of [b c] d e.
        var told = new Dictionary<int, double>();
        Assert.Equal([-1 - 2 - 3 - 2 - 3, -1, 0], model.RollingLoglikelihoods([new("abcde"), new("f"), new("")], told.Add, Stop));
        Assert.Equal([-11, -1, 0], [told[0], told[1], told[2]]);
        Assert.Equal(["[[256,102]]", "[[256,97,98,99]]", "[[98,99,100,101]]"],
            server.Requests.Select(posted => posted.Json.GetProperty("prompt").GetRawText()).OrderBy(text => text.Length).ThenBy(text => text, StringComparer.Ordinal));
    }

    [Fact]
    public void Texts_are_asked_for_with_the_tasks_arguments()
    {
        using var server = new ScriptedServer(posted => Reply(new
        {
            choices = posted.Json.GetProperty("prompt").EnumerateArray().Select((prompt, i) => new { index = i, text = i == 0 ? $"after {prompt.GetArrayLength()} with {posted.Json.GetProperty("seed")}" : null }),
        }));
        using var model = new CompletionsLanguageModel(Options(server) with { BatchSize = 8, MaxLength = 20 });
        var greedy = new OrderedDictionary<string, object?> { ["until"] = new object?[] { "\n", "" }, ["do_sample"] = false, ["max_gen_toks"] = 9L };
        var drawn = new OrderedDictionary<string, object?> { ["temperature"] = 0.5, ["top_p"] = 0.9, ["max_tokens"] = 9L };
        IReadOnlyList<string> texts = model.Generate(
            [new("ab", greedy), new("abcdefghijkl", greedy), new("q", drawn), new("q", drawn) { Repeat = 1 }, new("", greedy)], null, Stop);
        Assert.Equal(["", "after 10 with 1234", "after 1 with 1234", "after 1 with 1235", ""], texts);
        Posted[] posted = [.. server.Requests];
        Assert.Equal("""{"prompt":[[99,100,101,102,103,104,105,106,107,108],[97,98],[256]],"model":"tiny","max_tokens":9,"temperature":0,"stop":["\n","\u003C|endoftext|\u003E"],"seed":1234}""", posted[0].Body);
        Assert.Equal("""{"prompt":[[113]],"model":"tiny","max_tokens":9,"temperature":0.5,"stop":["\u003C|endoftext|\u003E"],"seed":1234,"top_p":0.9}""", posted[1].Body);
    }

    [Fact]
    public void Asks_several_at_a_time_and_no_more()
    {
        const int Concurrent = 3;
        int running = 0, most = 0;
        var all = new TaskCompletionSource();
        using var server = new ScriptedServer(async posted =>
        {
            lock (all)
            {
                most = Math.Max(most, ++running);
                if (running == Concurrent)
                    all.TrySetResult();
            }
            await all.Task; // the first answer comes when that many are waiting
            lock (all)
                running--;
            return Reply(Scored(posted));
        });
        using var model = new CompletionsLanguageModel(Options(server) with { Concurrent = Concurrent });
        Assert.Equal(12, model.Loglikelihoods([.. Enumerable.Repeat(Two[0], 12)], null, Stop).Count);
        Assert.Equal(Concurrent, most);
    }

    public static TheoryData<string, byte[]?> Passing => new()
    {
        { "busy", Reply("""{"error": {"message": "too many"}}""", 429) },
        { "busy, for a while", Reply("", 503, "Retry-After: 0\r\n") },
        { "broken", Reply("<html>", 500) },
        { "half a body", Reply("{\"choices\": []}")[..^3] },
        { "half a head", "HTTP/1.1 200 OK\r\nCont"u8.ToArray() },
        { "nothing", [] },
        { "half of JSON", Reply("{\"choices\": [") },
        { "half of the choices", Reply("""{"choices": []}""") },
        { "no log-probabilities", Reply("""{"choices": [{"index": 0, "text": "ab c", "logprobs": null}]}""") },
        { "never", null },
    };

    [Theory]
    [MemberData(nameof(Passing))]
    public void What_goes_wrong_once_is_asked_again(string what, byte[]? answer)
    {
        using var server = new ScriptedServer(posted => posted.Number <= 2 ? answer : Reply(Scored(posted)));
        // On a machine with much to do the third may be late as well.
        HttpModelOptions options = answer is null ? Options(server) with { Timeout = TimeSpan.FromMilliseconds(300), MaxRetries = 100 } : Options(server);
        using var model = new CompletionsLanguageModel(options);
        Assert.Equal(new Loglikelihood(-5, true), model.Loglikelihoods([Two[0]], null, Stop)[0]);
        Assert.True(answer is null ? server.Requests.Count >= 3 : server.Requests.Count == 3, what);
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public void What_goes_wrong_always_is_an_error_that_names_server_and_request(string what, byte[]? answer)
    {
        using var server = new ScriptedServer(_ => answer);
        using var model = new CompletionsLanguageModel(Options(server) with { Timeout = answer is null ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(300), MaxRetries = 2 });
        var error = Assert.Throws<InputException>(() => model.Loglikelihoods([Two[0]], null, Stop));
        Assert.Equal(server.Url, error.File);
        Assert.StartsWith("request 1 of 1, which ends with 'ab c'", error.Place, StringComparison.Ordinal);
        Assert.EndsWith("This was attempt 2.", error.Problem, StringComparison.Ordinal);
        Assert.True(server.Requests.Count == 2, what);
    }

    public static TheoryData<string, string> Halves => new()
    {
        { "[]", "choices" },
        { """{"choices": 1}""", "choices" },
        { """{"choices": [1]}""", "choices[0].index" },
        { """{"choices": [{"index": 1}]}""", "choices[0].index" },
        { """{"choices": [{"index": "0"}]}""", "choices[0].index" },
        { """{"choices": [{"index": 0}, {"index": 1}]}""", "choices" },
        { """{"choices": [{"index": 0}]}""", "choices[index 0].logprobs" },
        { """{"choices": [{"index": 0, "logprobs": {}}]}""", "choices[index 0].logprobs.token_logprobs" },
        { """{"choices": [{"index": 0, "logprobs": {"token_logprobs": [null, -1]}}]}""", "choices[index 0].logprobs.token_logprobs" },
        { """{"choices": [{"index": 0, "logprobs": {"token_logprobs": [null, -1, -1, -1, -1]}}]}""", "choices[index 0].logprobs.top_logprobs" },
        { """{"choices": [{"index": 0, "logprobs": {"token_logprobs": [null, -1, null, -1], "top_logprobs": [null, {}, {}, {}]}}]}""", "choices[index 0].logprobs.token_logprobs[2]" },
        { """{"choices": [{"index": 0, "logprobs": {"token_logprobs": [null, -1, 1, -1], "top_logprobs": [null, {}, {}, {}]}}]}""", "choices[index 0].logprobs.token_logprobs[2]" },
        { """{"choices": [{"index": 0, "logprobs": {"token_logprobs": [null, -1, -1e999, -1], "top_logprobs": [null, {}, {}, {}]}}]}""", "choices[index 0].logprobs.token_logprobs[2]" },
        { """{"choices": [{"index": 0, "logprobs": {"token_logprobs": [null, -1, -1, -1], "top_logprobs": [null, {}, {}, {}]}}]}""", "choices[index 0].logprobs.top_logprobs[2]" },
        { """{"choices": [{"index": 0, "logprobs": {"token_logprobs": [null, -1, -1, -1], "top_logprobs": [null, {}, {"a": -1}, null]}}]}""", "choices[index 0].logprobs.top_logprobs[3]" },
        { """{"error": {"message": "out of memory"}}""", "error" },
    };

    [Theory]
    [MemberData(nameof(Halves))]
    public void Half_answers_name_the_field(string body, string field)
    {
        using var server = new ScriptedServer(_ => Reply(body));
        using var model = new CompletionsLanguageModel(Options(server) with { MaxRetries = 1 });
        Assert.EndsWith($"field '{field}'", Assert.Throws<InputException>(() => model.Loglikelihoods([Two[0]], null, Stop)).Place, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_refused_is_not_asked_again_and_keys_are_not_repeated()
    {
        using var server = new ScriptedServer(_ => Reply("""{"error": {"message": "no model for sk-secret\n!"}}""", 404));
        using var model = new CompletionsLanguageModel(Options(server) with { BaseUrl = new Uri(server.Url.Replace("127", "user:password@127", StringComparison.Ordinal) + "?key=hidden") });
        var error = Assert.Throws<InputException>(() => model.Loglikelihoods(Two, null, Stop));
        Assert.Equal("the server answers 404: no model for *** !", error.Problem);
        Assert.Equal(server.Url, error.File);
        Assert.Single(server.Requests);
        var headers = new Dictionary<string, string> { ["X-Key"] = "hid\nden" };
        error = Assert.Throws<InputException>(() => new CompletionsLanguageModel(Options(server) with { Headers = headers }));
        Assert.DoesNotContain("den", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_is_not_there_is_an_error()
    {
        var server = ScriptedServer.Silent();
        using var model = new CompletionsLanguageModel(Options(server));
        server.Dispose();
        Assert.Contains("cannot be reached", Assert.Throws<InputException>(() => model.Loglikelihoods(Two, null, Stop)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_that_came_are_told_though_others_fail()
    {
        using var server = new ScriptedServer(posted => posted.Body.Contains("[97,98,32,99]", StringComparison.Ordinal) ? Reply("no", 400) : Reply(Scored(posted)));
        using var model = new CompletionsLanguageModel(Options(server));
        var told = new List<int>();
        var error = Assert.Throws<InputException>(() => model.Loglikelihoods(Two, (i, _) => told.Add(i), Stop));
        Assert.StartsWith("request 1 of 2", error.Place, StringComparison.Ordinal);
        Assert.Equal([1], told);
    }

    [Fact]
    public void A_task_that_the_server_fails_costs_no_other()
    {
        File.WriteAllText(_folder["rows.jsonl"], "{\"q\": \"x\"}\n{\"q\": \"y\"}");
        foreach (string task in (string[])["one", "two", "three"])
        {
            File.WriteAllText(_folder[task + ".yaml"], $$$"""
                task: {{{task}}}
                output_type: multiple_choice
                dataset_path: json
                dataset_kwargs: {data_files: {test: rows.jsonl}}
                test_split: test
                doc_to_text: "{{{task}}} {{q}}"
                doc_to_choice: ["a", "b"]
                doc_to_target: 0
                """);
        }
        string bad = string.Join(',', "two"u8.ToArray());
        using var server = new ScriptedServer(posted => posted.Body.Contains(bad, StringComparison.Ordinal) ? Reply("{\"choices\"") : Reply(Scored(posted)));
        using var model = new CompletionsLanguageModel(Options(server) with { Concurrent = 2 });
        EvaluationPlan plan = EvaluationPlan.Build(TaskLibrary.Open(_folder.Path).Load(["one", "two", "three"]), null, null, Stop);
        EvaluationResult result = Evaluator.Evaluate(plan, model, null, Stop);
        Assert.Equal(["one", "three"], result.Tasks.Select(task => task.Task.Task));
        TaskFailure failure = Assert.Single(result.Failures);
        Assert.Equal("two", failure.Task);
        Assert.Equal(server.Url, failure.Error.File);
        Assert.Contains("no whole JSON", failure.Error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_tokenizer_texts_only()
    {
        using var server = new ScriptedServer(_ => Reply(new { choices = new[] { new { index = 0, text = "made" } } }));
        using var model = new CompletionsLanguageModel(Options(server) with { HasTokenizer = false, Tokenizer = null });
        Assert.Equal(["made"], model.Generate([new("context", new OrderedDictionary<string, object?>())], null, Stop));
        Assert.Equal("""{"prompt":"context","model":"tiny","max_tokens":256,"temperature":0,"seed":1234}""", server.Requests.Single().Body);
        Assert.Contains("tokenizer=FOLDER", Assert.Throws<InputException>(() => model.Loglikelihoods(Two, null, Stop)).Remedy, StringComparison.Ordinal);
        Assert.Contains("tokenizer_backend=none", Assert.Throws<InputException>(() => new CompletionsLanguageModel(Options(server) with { Tokenizer = null })).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Can_be_stopped()
    {
        using var server = ScriptedServer.Silent();
        using var model = new CompletionsLanguageModel(Options(server));
        using var stop = new CancellationTokenSource();
        Task asking = Task.Run(() => model.Loglikelihoods(Two, null, stop.Token), Stop);
        while (server.Requests.IsEmpty)
            await Task.Delay(5, Stop);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }
}
