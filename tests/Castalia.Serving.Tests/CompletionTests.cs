using System.Text.Json;

namespace Castalia.Serving.Tests;

/// <summary><c>/v1/completions</c> over a model of closed form.</summary>
public sealed class CompletionTests
{
    [Fact]
    public async Task A_prompt_is_continued()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement answer = await server.CompleteAsync(new { model = "fake", prompt = "hello ", max_tokens = 10 });
        Assert.Equal("text_completion", answer.GetProperty("object").GetString());
        Assert.Equal("fake", answer.GetProperty("model").GetString());
        Assert.StartsWith("cmpl-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        JsonElement choice = Assert.Single(answer.GetProperty("choices").EnumerateArray());
        Assert.Equal("hello HELL", choice.GetProperty("text").GetString());
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("logprobs").ValueKind);
        JsonElement usage = answer.GetProperty("usage");
        Assert.Equal((6, 10, 16), (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32()));
    }

    [Fact]
    public async Task Without_a_number_sixteen_tokens_are_added()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal("abcABCABCABCABCA", Text(await server.CompleteAsync(new { prompt = "abc" })));
    }

    [Fact]
    public async Task The_end_token_ends_and_is_not_shown()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement answer = await server.CompleteAsync(new { prompt = "ab~cd", max_tokens = 10 });
        Assert.Equal("ab", Text(answer));
        Assert.Equal("stop", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(3, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Stop_tokens_end_and_the_models_own_may_be_passed_over()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement answer = await server.CompleteAsync(new { prompt = "abcd", max_tokens = 10, logprobs = 0, stop_token_ids = new[] { (int)'c' } });
        Assert.Equal("ab", Text(answer));
        Assert.Equal(["a", "b", "c"], answer.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("tokens").Deserialize<string[]>()!);
        Assert.Equal("stop", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal("ab", Text(await server.CompleteAsync(new { prompt = "ab~cd", max_tokens = 10 })));
        Assert.Equal("ab", Text(await server.CompleteAsync(new { prompt = "ab~cd", max_tokens = 10, stop = "<|endoftext|>", ignore_eos = true }))); // a special token by its name
        Assert.Equal("abcdABCDAB", Text(await server.CompleteAsync(new { prompt = "ab~cd", max_tokens = 12, ignore_eos = true })));
    }

    [Fact]
    public async Task Prompts_may_be_texts_or_token_ids_one_or_many()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal(["one", "two!"], Texts(await server.CompleteAsync(new { prompt = new[] { "one", "two!" }, max_tokens = 4 })).Select(text => text.TrimEnd('O')));
        Assert.Equal("xyz", Text(await server.CompleteAsync(new { prompt = ByteTokenizer.Ids("xyz"), max_tokens = 3 })));
        Assert.Equal(["ab", "cd"], Texts(await server.CompleteAsync(new { prompt = new[] { ByteTokenizer.Ids("ab"), ByteTokenizer.Ids("cd") }, max_tokens = 2 })));
    }

    [Fact]
    public async Task Choices_come_in_the_order_of_prompts_then_samples()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Slots = 3 });
        JsonElement answer = await server.CompleteAsync(new { prompt = new[] { "ab", "cd", "ef" }, n = 3, max_tokens = 2 });
        Assert.Equal(["ab", "ab", "ab", "cd", "cd", "cd", "ef", "ef", "ef"], Texts(answer));
        Assert.Equal(Enumerable.Range(0, 9), answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.Equal((6, 18), (answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
    }

    [Fact]
    public async Task The_best_of_several_are_given_back_and_all_are_counted()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement answer = await server.CompleteAsync(new { prompt = new[] { "ab", "cd" }, n = 1, best_of = 4, max_tokens = 2 });
        Assert.Equal(["ab", "cd"], Texts(answer));
        Assert.Equal(16, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData("\"LO\"", "hello HEL", "stop")]
    [InlineData("[\"zz\", \"o \"]", "hell", "stop")]
    [InlineData("[\"HELLO HELLO\", \"lo H\"]", "hel", "stop")]
    [InlineData("[]", "hello HELLO HELLO HE", "length")]
    [InlineData("[\"HEX\"]", "hello HELLO HELLO HE", "length")] // what was held back comes out at the end
    public async Task A_stop_text_ends_and_is_not_shown(string stop, string expected, string finish)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string request = $$"""{"prompt": "hello ", "max_tokens": 20, "stop": {{stop}}}""";
        (_, JsonElement answer) = await server.PostAsync("/v1/completions", request);
        Assert.Equal(expected, Text(answer));
        Assert.Equal(finish, answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());

        List<JsonElement> events = await server.StreamAsync("/v1/completions", JsonSerializer.Deserialize<JsonElement>(request[..^1] + ", \"stream\": true}"));
        Assert.Equal(expected, string.Concat(events.Select(Text)));
        Assert.DoesNotContain(events, one => Text(one).Contains("LO", StringComparison.Ordinal) && stop == "\"LO\"");
        Assert.Equal(finish, events[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task A_stream_adds_up_to_the_whole_and_splits_no_character()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        foreach (string prompt in (string[])["plain", "é", "日本語 ", "🙂 and 👨‍👩‍👧 ", "a\nb\"c\\"])
        {
            JsonElement whole = await server.CompleteAsync(new { prompt, max_tokens = 40, n = 2 });
            List<JsonElement> events = await server.StreamAsync("/v1/completions",
                new { prompt, max_tokens = 40, n = 2, stream = true, stream_options = new { include_usage = true } });
            for (int index = 0; index < 2; index++)
                Assert.Equal(Texts(whole)[index], string.Concat(events.SelectMany(one => one.GetProperty("choices").EnumerateArray())
                    .Where(choice => choice.GetProperty("index").GetInt32() == index).Select(choice => choice.GetProperty("text").GetString())));
            JsonElement last = events[^1];
            Assert.Empty(last.GetProperty("choices").EnumerateArray());
            Assert.Equal(whole.GetProperty("usage").ToString(), last.GetProperty("usage").ToString());
            Assert.All(events.SkipLast(1), one => Assert.Equal(JsonValueKind.Null, one.GetProperty("usage").ValueKind));
            Assert.Single(events.Select(one => one.GetProperty("id").GetString()).Distinct());
            Assert.All(events.SkipLast(3), one => Assert.DoesNotContain('\uFFFD', Text(one))); // only the very last character may be unfinished
        }
    }

    [Fact]
    public async Task An_echo_begins_with_the_prompt()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal("heyheyHEY", Text(await server.CompleteAsync(new { prompt = "hey", max_tokens = 6, echo = true })));
        Assert.Equal("hey", Text(await server.CompleteAsync(new { prompt = "hey", max_tokens = 0, echo = true })));
        Assert.Equal(["x", "y"], Texts(await server.CompleteAsync(new { prompt = new[] { "x", "y" }, max_tokens = 0, echo = true })));
        List<JsonElement> events = await server.StreamAsync("/v1/completions", new { prompt = "hey", max_tokens = 6, echo = true, stream = true });
        Assert.Equal("hey", Text(events[0]));
        Assert.Equal("heyheyHEY", string.Concat(events.Select(Text)));
        Assert.Equal("hey", Text(Assert.Single(await server.StreamAsync("/v1/completions", new { prompt = "hey", max_tokens = 0, echo = true, stream = true }))));
    }

    [Fact]
    public async Task Log_probabilities_tell_of_each_token_and_its_place()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement answer = await server.CompleteAsync(new { prompt = "aé", max_tokens = 5, echo = true, logprobs = 2 });
        JsonElement told = answer.GetProperty("choices")[0].GetProperty("logprobs");
        Assert.Equal(["a", @"bytes:\xc3", @"bytes:\xa9", "a", @"bytes:\xc3", @"bytes:\xa9", "A", @"bytes:\xc3"], told.GetProperty("tokens").Deserialize<string[]>()!);
        Assert.Equal([null, -0.125f, -0.25f, -0.5f, -0.5f, -0.5f, -0.5f, -0.5f], told.GetProperty("token_logprobs").Deserialize<float?[]>()!);
        Assert.Equal([0, 1, 1, 2, 3, 3, 4, 5], told.GetProperty("text_offset").Deserialize<int[]>()!);
        JsonElement top = told.GetProperty("top_logprobs");
        Assert.Equal(JsonValueKind.Null, top[0].ValueKind);
        Assert.Equal(-0.25f, top[2].GetProperty(@"bytes:\xa9").GetSingle());
        Assert.Equal(-1.5f, top[3].GetProperty("b").GetSingle());
        Assert.All(Enumerable.Range(1, 7), i => Assert.Equal(2, top[i].EnumerateObject().Count()));

        List<JsonElement> events = await server.StreamAsync("/v1/completions", new { prompt = "aé", max_tokens = 5, echo = true, logprobs = 2, stream = true });
        foreach (string part in (string[])["tokens", "token_logprobs", "top_logprobs", "text_offset"])
        {
            IEnumerable<string> parts = events.SelectMany(one => one.GetProperty("choices")[0].GetProperty("logprobs").GetProperty(part).EnumerateArray()).Select(item => item.ToString());
            Assert.Equal(told.GetProperty(part).EnumerateArray().Select(item => item.ToString()), parts);
        }
    }

    /// <summary>However few tokens are scored between two steps, no sequence is ahead of its prompt.</summary>
    [Fact]
    public async Task Prompts_stand_before_what_continues_them()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Slots = 8, ScoredAtATime = 1 });
        string[] prompts = [.. Enumerable.Range(0, 20).Select(i => $"prompt {i} ")];
        JsonElement answer = await server.CompleteAsync(new { prompt = prompts, max_tokens = 5, echo = true, logprobs = 1 });
        Assert.Equal(prompts.Select(prompt => prompt + "promp"), Texts(answer));
        Assert.All(answer.GetProperty("choices").EnumerateArray().Zip(prompts), pair => Assert.Equal(pair.Second.Length + 5, pair.First.GetProperty("logprobs").GetProperty("tokens").GetArrayLength()));
        List<JsonElement> events = await server.StreamAsync("/v1/completions", new { prompt = prompts, max_tokens = 5, echo = true, logprobs = 1, stream = true });
        for (int i = 0; i < prompts.Length; i++)
            Assert.Equal(prompts[i] + "promp", string.Concat(events.Where(one => one.GetProperty("choices")[0].GetProperty("index").GetInt32() == i).Select(Text)));
    }

    [Fact]
    public async Task No_alternatives_leave_the_token_itself()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement answer = await server.CompleteAsync(new { prompt = "ab", max_tokens = 1, logprobs = 0 });
        JsonElement top = answer.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("top_logprobs")[0];
        Assert.Equal("""{"a":-0.5}""", top.ToString());
    }

    [Fact]
    public async Task An_empty_prompt_stands_for_the_begin_token()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        foreach (string request in (string[])["""{"prompt": "", "max_tokens": 2}""", """{"max_tokens": 2}""", """{"prompt": null, "max_tokens": 2}"""])
            Assert.Equal(1, (await server.PostAsync("/v1/completions", request)).Body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    private static string Text(JsonElement answer) => answer.GetProperty("choices") is var choices && choices.GetArrayLength() > 0 ? choices[0].GetProperty("text").GetString()! : "";

    private static string[] Texts(JsonElement answer) => [.. answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("text").GetString()!)];
}
