using System.Text.Json;
using Castalia.Models;
using Castalia.Text.Chat;

namespace Castalia.Serving.Tests;

/// <summary>A real model behind the server: what it says is what the library says.</summary>
public sealed class ModelTests
{
    private static readonly string[] Prompts = ["The spring at Delphi", "a", "é ü 日本", "0123456789 0123456789", "zzzz"];

    [Fact]
    public async Task Greedy_completions_are_the_generators()
    {
        using TextGenerator model = RealModel.Load();
        IReadOnlyList<TextResult> expected = model.Generate([.. Prompts.Select(model.Encode)], new GenerationOptions { MaxNewTokens = 20 });
        await using RunningServer server = await RunningServer.StartAsync(model);
        JsonElement answer = await server.CompleteAsync(new { prompt = Prompts, max_tokens = 20, temperature = 0 });
        for (int i = 0; i < Prompts.Length; i++)
        {
            JsonElement choice = answer.GetProperty("choices")[i];
            Assert.Equal(expected[i].Text, choice.GetProperty("text").GetString());
            Assert.Equal(expected[i].Finish == FinishReason.Stop ? "stop" : "length", choice.GetProperty("finish_reason").GetString());
        }
        Assert.Equal(expected.Sum(one => one.NewTokens), answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Many_at_a_time_say_what_each_says_alone()
    {
        using TextGenerator model = RealModel.Load();
        string[] prompts = [.. Enumerable.Range(0, 24).Select(i => $"{i} {Prompts[i % Prompts.Length]}")];
        string[] alone = [.. prompts.Select(prompt => model.Generate([model.Encode(prompt)], new GenerationOptions { MaxNewTokens = 12 })[0].Text)];
        await using RunningServer server = await RunningServer.StartAsync(model, new ServingOptions { Slots = 5 });
        JsonElement[] answers = await Task.WhenAll(prompts.Select(prompt => server.CompleteAsync(new { prompt, max_tokens = 12, temperature = 0 })));
        Assert.Equal(alone, answers.Select(Text));
    }

    [Fact]
    public async Task A_seed_gives_the_same_again_and_every_sample_has_draws_of_its_own()
    {
        using TextGenerator model = RealModel.Load();
        await using RunningServer server = await RunningServer.StartAsync(model);
        object Request(int n, object prompt, long seed) => new { prompt, n, seed, max_tokens = 20, temperature = 1.0, top_k = 100, top_p = 0.95, min_p = 0.0001, typical_p = 0.99, repetition_penalty = 1.1 };
        string[] three = Texts(await server.CompleteAsync(Request(3, "seeds", 5)));
        Assert.Equal(three, Texts(await server.CompleteAsync(Request(3, "seeds", 5))));
        Assert.Equal(3, three.Distinct().Count());
        Assert.Equal(three[0], Text(await server.CompleteAsync(Request(1, "seeds", 5))));
        Assert.Equal(three[..2], Texts(await server.CompleteAsync(Request(2, new[] { "other", "seeds" }, 5)))[2..]); // whatever else is asked for
        Assert.NotEqual(three, Texts(await server.CompleteAsync(Request(3, "seeds", 6))));
        string[] unseeded = [.. Enumerable.Range(0, 4).Select(_ => Text(server.CompleteAsync(new { prompt = "x", max_tokens = 20 }).GetAwaiter().GetResult()))];
        Assert.True(unseeded.Distinct().Count() > 1);
    }

    [Fact]
    public async Task Log_probabilities_are_the_models()
    {
        using TextGenerator model = RealModel.Load();
        await using RunningServer server = await RunningServer.StartAsync(model);
        JsonElement told = (await server.CompleteAsync(new { prompt = "The spring", max_tokens = 10, temperature = 0, logprobs = 5, echo = true }))
            .GetProperty("choices")[0].GetProperty("logprobs");
        int[] continuation = new Generator(model.Model).Generate(ByteTokenizer.Ids("The spring"), new GenerationOptions { MaxNewTokens = 10 });
        int[] tokens = [.. ByteTokenizer.Ids("The spring"), .. continuation];
        double[,] expected = RealModel.LogProbabilities(model.Model, tokens);
        Assert.Equal(tokens.Length, told.GetProperty("tokens").GetArrayLength());
        for (int i = 1; i < tokens.Length; i++)
        {
            double own = told.GetProperty("token_logprobs")[i].GetDouble();
            Assert.Equal(expected[i - 1, tokens[i]], own, 1e-4);
            double[] likeliest = [.. Enumerable.Range(0, 320).Select(id => expected[i - 1, id]).OrderDescending().Take(5)];
            double[] found = [.. told.GetProperty("top_logprobs")[i].EnumerateObject().Select(one => one.Value.GetDouble()).OrderDescending()];
            Assert.InRange(found.Length, 5, 6); // the token itself, where it is none of the five
            for (int k = 0; k < 5; k++)
                Assert.Equal(likeliest[k], found[k], 1e-4);
            if (i >= 10)
                Assert.Equal(found[0], own); // greedily: to the bit
        }
    }

    [Fact]
    public async Task In_int8_the_same_holds()
    {
        using TextGenerator model = RealModel.Load(int8: true);
        await using RunningServer server = await RunningServer.StartAsync(model);
        int[] tokens = ByteTokenizer.Ids("Whoever came to question the Pythia");
        double[,] expected = RealModel.LogProbabilities(model.Model, tokens);
        JsonElement answer = await server.CompleteAsync(new { prompt = tokens, max_tokens = 0, logprobs = 1, echo = true });
        float?[] own = answer.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("token_logprobs").Deserialize<float?[]>()!;
        for (int i = 1; i < tokens.Length; i++)
            Assert.Equal(expected[i - 1, tokens[i]], own[i]!.Value, 1e-4);
        Assert.Equal(model.Generate([tokens], new GenerationOptions { MaxNewTokens = 12 })[0].Text, Text(await server.CompleteAsync(new { prompt = tokens, max_tokens = 12, temperature = 0 })));
    }

    [Fact]
    public async Task A_chat_ends_where_the_template_says()
    {
        using TextGenerator model = RealModel.Load();
        await using RunningServer server = await RunningServer.StartAsync(model, chat: ChatTemplate.Parse(RunningServer.Template, "template"));
        int[] prompt = ByteTokenizer.Ids("[user]hello[assistant]");
        string expected = model.Generate([prompt], new GenerationOptions { MaxNewTokens = 15 })[0].Text;
        JsonElement answer = await server.ChatAsync(new { messages = new[] { new { role = "user", content = "hello" } }, max_tokens = 15, temperature = 0 });
        Assert.Equal(expected, answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task A_model_without_a_chat_template_refuses_chats()
    {
        using TextGenerator model = RealModel.Load();
        await using RunningServer server = await RunningServer.StartAsync(model);
        JsonElement error = await server.RefusedAsync(System.Net.HttpStatusCode.BadRequest, "/v1/chat/completions", """{"messages": [{"role": "user", "content": "hello"}]}""");
        Assert.Equal("no_chat_template", error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_whole_context_is_read_and_not_a_token_more()
    {
        using TextGenerator model = RealModel.Load();
        await using RunningServer server = await RunningServer.StartAsync(model);
        string full = new('x', RealModel.Context);
        Assert.Equal(full, Text(await server.CompleteAsync(new { prompt = full, max_tokens = 0, echo = true, logprobs = 1 })));
        await server.CompleteAsync(new { prompt = full[1..], max_tokens = 1, temperature = 0 });
        await server.RefusedAsync(System.Net.HttpStatusCode.BadRequest, "/v1/completions", $$"""{"prompt": "{{full}}", "max_tokens": 1}""");
    }

    private static string Text(JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("text").GetString()!;

    private static string[] Texts(JsonElement answer) => [.. answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("text").GetString()!)];
}
