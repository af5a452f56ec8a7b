using System.Net;
using System.Text.Json;

namespace Castalia.Serving.Tests;

/// <summary><c>/v1/chat/completions</c> over a model of closed form, which repeats what the template makes of the messages.</summary>
public sealed class ChatTests
{
    private static readonly object[] Hello = [new { role = "system", content = "be" }, new { role = "user", content = "hi" }];

    [Fact]
    public async Task Messages_go_through_the_template()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement answer = await server.ChatAsync(new { model = "fake", messages = Hello, max_tokens = 29 });
        Assert.Equal("chat.completion", answer.GetProperty("object").GetString());
        JsonElement choice = Assert.Single(answer.GetProperty("choices").EnumerateArray());
        Assert.Equal("[system]be[user]hi[assistant]", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("assistant", choice.GetProperty("message").GetProperty("role").GetString());
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(29, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task Content_may_come_in_parts_and_messages_may_carry_a_type()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement answer = await server.ChatAsync(new
        {
            messages = new object[] { new { role = "user", type = "text", name = "me", content = new[] { new { type = "text", text = "one " }, new { type = "text", text = "two" } } } },
            max_completion_tokens = 13,
        });
        Assert.Equal("[user]one two", Content(answer));
    }

    [Fact]
    public async Task Without_a_limit_an_answer_goes_on_to_the_end_of_the_context()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Context = 40 });
        Assert.Equal(40 - 19, Content(await server.ChatAsync(new { messages = new[] { new { role = "user", content = "hi" } } })).Length);
    }

    [Fact]
    public async Task A_stream_opens_with_the_role_and_adds_up_to_the_whole()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement whole = await server.ChatAsync(new { messages = Hello, max_tokens = 50, n = 2, stop = "USER" });
        List<JsonElement> events = await server.StreamAsync("/v1/chat/completions",
            new { messages = Hello, max_tokens = 50, n = 2, stop = "USER", stream = true, stream_options = new { include_usage = true } });
        JsonElement[] choices = [.. events.SelectMany(one => one.GetProperty("choices").EnumerateArray())];
        for (int index = 0; index < 2; index++)
        {
            JsonElement[] own = [.. choices.Where(choice => choice.GetProperty("index").GetInt32() == index)];
            Assert.Equal("assistant", own[0].GetProperty("delta").GetProperty("role").GetString());
            Assert.Equal(Content(whole, index), string.Concat(own.Select(choice => choice.GetProperty("delta").TryGetProperty("content", out JsonElement text) ? text.GetString() : "")));
            Assert.Equal("stop", own[^1].GetProperty("finish_reason").GetString());
            Assert.All(own[..^1], choice => Assert.Equal(JsonValueKind.Null, choice.GetProperty("finish_reason").ValueKind));
        }
        Assert.All(events, one => Assert.Equal("chat.completion.chunk", one.GetProperty("object").GetString()));
        Assert.Equal(whole.GetProperty("usage").ToString(), events[^1].GetProperty("usage").ToString());
    }

    [Fact]
    public async Task Log_probabilities_come_with_bytes_and_alternatives()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement answer = await server.ChatAsync(new { messages = new[] { new { role = "user", content = "é" } }, max_tokens = 8, logprobs = true, top_logprobs = 2 });
        JsonElement tokens = answer.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content");
        Assert.Equal(8, tokens.GetArrayLength());
        Assert.Equal(("[", -0.5f, "[91]"), (tokens[0].GetProperty("token").GetString(), tokens[0].GetProperty("logprob").GetSingle(), tokens[0].GetProperty("bytes").ToString()));
        Assert.Equal("[195]", tokens[6].GetProperty("bytes").ToString()); // half of é
        Assert.Equal(["[", "\\"], tokens[0].GetProperty("top_logprobs").EnumerateArray().Select(top => top.GetProperty("token").GetString()));
        answer = await server.ChatAsync(new { messages = new[] { new { role = "user", content = "x" } }, max_tokens = 1, logprobs = true });
        Assert.Equal("[]", answer.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content")[0].GetProperty("top_logprobs").ToString());
    }

    [Theory]
    [InlineData("""{}""", "messages")]
    [InlineData("""{"messages": []}""", "messages")]
    [InlineData("""{"messages": "hi"}""", "messages")]
    [InlineData("""{"messages": ["hi"]}""", "messages[0]")]
    [InlineData("""{"messages": [{"content": "hi"}]}""", "messages[0].role")]
    [InlineData("""{"messages": [{"role": "wizard", "content": "hi"}]}""", "messages[0].role")]
    [InlineData("""{"messages": [{"role": "user"}]}""", "messages[0].content")]
    [InlineData("""{"messages": [{"role": "user", "content": 5}]}""", "messages[0].content")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}""", "messages[0].content[0].type")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "text"}]}]}""", "messages[0].content[0].text")]
    [InlineData("""{"messages": [{"role": "user", "content": "hi", "colour": 1}]}""", "messages[0].colour")]
    [InlineData("""{"messages": [{"role": "user", "content": "hi"}], "tools": [{"type": "function"}]}""", "tools")]
    [InlineData("""{"messages": [{"role": "user", "content": "hi"}], "response_format": {"type": "json_object"}}""", "response_format")]
    [InlineData("""{"messages": [{"role": "user", "content": "hi"}], "modalities": ["audio"]}""", "modalities")]
    [InlineData("""{"messages": [{"role": "user", "content": "hi"}], "top_logprobs": 2}""", "top_logprobs")]
    [InlineData("""{"messages": [{"role": "user", "content": "hi"}], "max_tokens": 0}""", "max_tokens")]
    [InlineData("""{"messages": [{"role": "user", "content": "hi"}], "max_completion_tokens": 5000}""", "max_completion_tokens")]
    [InlineData("""{"messages": [{"role": "user", "content": "hi"}], "prompt": "x"}""", "prompt")]
    public async Task What_is_wrong_is_named(string request, string param)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal(param, (await server.RefusedAsync(HttpStatusCode.BadRequest, "/v1/chat/completions", request)).GetProperty("param").GetString());
    }

    [Fact]
    public async Task What_asks_for_nothing_special_is_let_through()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal("[u", Content(await server.ChatAsync(new
        {
            messages = new[] { new { role = "user", content = "hi" } },
            max_tokens = 2,
            tools = Array.Empty<object>(),
            tool_choice = "none",
            response_format = new { type = "text" },
            modalities = new[] { "text" },
            user = "somebody",
            logit_bias = new { },
            presence_penalty = 0,
            stop = (string?)null,
        })));
    }

    private static string Content(JsonElement answer, int index = 0) => answer.GetProperty("choices")[index].GetProperty("message").GetProperty("content").GetString()!;
}
