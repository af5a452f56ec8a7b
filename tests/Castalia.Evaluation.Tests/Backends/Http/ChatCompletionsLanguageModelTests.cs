using Castalia.Text.Chat;
using static Castalia.Evaluation.Tests.Backends.Http.ScriptedServer;

namespace Castalia.Evaluation.Tests.Backends.Http;

/// <summary>What is posted to a chat server, and what is refused.</summary>
public sealed class ChatCompletionsLanguageModelTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static HttpModelOptions Options(ScriptedServer server) =>
        new() { BaseUrl = new Uri(server.Url), Model = "chatty", RetryDelay = TimeSpan.FromMilliseconds(1), EndString = "<|end|>" };

    [Fact]
    public void Posts_messages()
    {
        using var server = new ScriptedServer(posted => Reply(new { choices = new[] { new { index = 0, message = new { role = "assistant", content = posted.Number == 1 ? "hé" : null } } } }));
        using var model = new ChatCompletionsLanguageModel(Options(server));
        string context = model.Chat(null)!.Apply([new ChatMessage("system", "s"), new ChatMessage("user", "ä\n")], true);
        Assert.Equal("""[{"role": "system", "content": "s", "type": "text"}, {"role": "user", "content": "ä\n", "type": "text"}]""", context);
        var arguments = new OrderedDictionary<string, object?> { ["until"] = new object?[] { "a", "b", "c", "d" }, ["temperature"] = 0.0 };
        Assert.Equal(["hé", ""], model.Generate([new(context, arguments), new(context, arguments)], null, Stop));
        Assert.Equal("""{"messages":[{"role":"system","content":"s","type":"text"},{"role":"user","content":"\u00E4\n","type":"text"}],"model":"chatty","max_tokens":256,"temperature":0,"stop":["a","b","c","d"],"seed":1234}""",
            server.Requests.First().Body);
    }

    [Fact]
    public void Refuses_what_chat_servers_cannot_do()
    {
        using var server = ScriptedServer.Silent();
        using var model = new ChatCompletionsLanguageModel(Options(server));
        Assert.Contains("log-likelihoods are not supported for chat completions", Assert.Throws<InputException>(() => model.Loglikelihoods([new("a", "b")], null, Stop)).Problem, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => model.RollingLoglikelihoods([new("a")], null, Stop));
        foreach (string context in (string[])["plain", "[1]", "[", "[{}"])
        {
            var error = Assert.Throws<InputException>(() => model.Generate([new(context, new OrderedDictionary<string, object?>())], null, Stop));
            Assert.Contains("--apply_chat_template", error.Remedy, StringComparison.Ordinal);
        }
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("""{"choices": [{"index": 0}]}""", "choices[index 0].message")]
    [InlineData("""{"choices": [{"index": 0, "message": {}}]}""", "choices[index 0].message.content")]
    [InlineData("""{"choices": [{"index": 0, "message": {"content": "\ud800"}}]}""", "choices[index 0].message.content")]
    public void Half_answers_name_the_field(string body, string field)
    {
        using var server = new ScriptedServer(_ => Reply(body));
        using var model = new ChatCompletionsLanguageModel(Options(server));
        var error = Assert.Throws<InputException>(() => model.Generate([new("[]", new OrderedDictionary<string, object?>())], null, Stop));
        Assert.EndsWith($"field '{field}'", error.Place, StringComparison.Ordinal);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public void Arguments_that_mean_nothing_are_told()
    {
        using var server = ScriptedServer.Silent();
        using var model = new ChatCompletionsLanguageModel(Options(server));
        foreach ((string name, object? value) in ((string, object?)[])[("until", 1L), ("max_gen_toks", "many"), ("temperature", "hot")])
        {
            var error = Assert.Throws<InputException>(() => model.Generate([new("[]", new OrderedDictionary<string, object?> { [name] = value })], null, Stop));
            Assert.StartsWith(name + ":", error.Problem, StringComparison.Ordinal);
        }
    }
}
