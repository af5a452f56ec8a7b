using System.Text.Json;
using Castalia.Models;

namespace Castalia.Serving.Tests;

/// <summary>
/// The evaluation harness's <c>local-completions</c>: the requests that it sends and what it reads out of the answers (EleutherAI/lm-evaluation-harness,
/// <c>lm_eval/models/openai_completions.py</c> and <c>api_models.py</c>), against numbers computed with the model itself.
/// </summary>
public sealed class HarnessTests
{
    private static readonly (string Context, string Continuation)[] Pairs =
    [
        ("The capital of Greece is", " Athens"), ("The capital of Greece is", " Delphi"), ("2 + 2 =", " 4"), ("a", "b"), ("Whoever came to question", " the Pythia washed first."),
        ("日本", "語"), ("x", " y z"), ("An apple a day keeps", " the doctor away"), ("same", " length!"), ("same", " length?"),
    ];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(3, 4)]
    public async Task Loglikelihoods_are_the_models(int batchSize, int concurrent)
    {
        using TextGenerator model = RealModel.Load();
        await using RunningServer server = await RunningServer.StartAsync(model);
        (int[] Tokens, int ContextLength, int Index)[] requests =
        [
            .. Pairs.Select((pair, index) =>
            {
                int[] context = ByteTokenizer.Ids(pair.Context), continuation = ByteTokenizer.Ids(pair.Continuation);
                return ((int[])[.. context, .. continuation], context.Length, index);
            })
            // The harness sends long ones first.
            .OrderByDescending(request => request.Item1.Length),
        ];
        var found = new (double Sum, bool IsGreedy)[Pairs.Length];
        var gate = new SemaphoreSlim(concurrent);
        await Task.WhenAll(requests.Chunk(batchSize).Select(async batch =>
        {
            await gate.WaitAsync();
            JsonElement answer = await server.CompleteAsync(new
            {
                model = "golden",
                prompt = batch.Select(request => request.Tokens),
                temperature = 0,
                max_tokens = 1,
                logprobs = 1,
                seed = 1234,
                echo = true,
            });
            gate.Release();
            JsonElement[] choices = [.. answer.GetProperty("choices").EnumerateArray().OrderBy(choice => choice.GetProperty("index").GetInt32())];
            Assert.Equal(batch.Length, choices.Length);
            foreach ((JsonElement choice, (int[] tokens, int contextLength, int index)) in choices.Zip(batch))
            {
                Assert.Equal(tokens.Length + 1, choice.GetProperty("logprobs").GetProperty("token_logprobs").GetArrayLength());
                found[index] = ParseLogProbabilities(choice, contextLength);
            }
        }));

        int greedy = 0;
        for (int i = 0; i < Pairs.Length; i++)
        {
            (double sum, bool isGreedy) = Plain(model.Model, ByteTokenizer.Ids(Pairs[i].Context), ByteTokenizer.Ids(Pairs[i].Continuation));
            Assert.Equal(sum, found[i].Sum, 1e-3);
            Assert.Equal(isGreedy, found[i].IsGreedy);
            greedy += isGreedy ? 1 : 0;
        }
        Assert.Equal(0, greedy); // these are not; the ones below are
    }

    [Fact]
    public async Task What_the_model_says_itself_is_greedy_also_where_its_text_is_no_text()
    {
        using TextGenerator model = RealModel.Load();
        await using RunningServer server = await RunningServer.StartAsync(model);
        foreach (string context in (string[])["The capital of Greece is", "a", "日本"])
        {
            int[] prompt = ByteTokenizer.Ids(context), continuation = new Generator(model.Model).Generate(prompt, new GenerationOptions { MaxNewTokens = 9, StopTokens = [] });
            JsonElement answer = await server.CompleteAsync(new { model = "golden", prompt = new[] { (int[])[.. prompt, .. continuation] }, temperature = 0, max_tokens = 1, logprobs = 1, seed = 1234, echo = true });
            (double sum, bool isGreedy) = ParseLogProbabilities(answer.GetProperty("choices")[0], prompt.Length);
            Assert.True(isGreedy);
            Assert.Equal(Plain(model.Model, prompt, continuation).Sum, sum, 1e-3);
        }
    }

    [Fact]
    public async Task One_token_more_is_the_generators_and_counted()
    {
        using TextGenerator model = RealModel.Load();
        await using RunningServer server = await RunningServer.StartAsync(model);
        int[] prompt = ByteTokenizer.Ids("The Pythia");
        JsonElement fast = await server.CompleteAsync(new { prompt, temperature = 0, max_tokens = 1, logprobs = 1, echo = true });
        JsonElement slow = await server.CompleteAsync(new { prompt, temperature = 0, max_tokens = 2, logprobs = 1, echo = true });
        foreach (string part in (string[])["tokens", "text_offset"])
            Assert.Equal(slow.GetProperty("choices")[0].GetProperty("logprobs").GetProperty(part)[10].ToString(), fast.GetProperty("choices")[0].GetProperty("logprobs").GetProperty(part)[10].ToString());
        Assert.Equal(1, fast.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(slow.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("token_logprobs")[10].GetDouble(), fast.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("token_logprobs")[10].GetDouble(), 1e-4);
    }

    [Fact]
    public async Task Generations_end_before_the_harnesss_stops()
    {
        using TextGenerator model = RealModel.Load();
        await using RunningServer server = await RunningServer.StartAsync(model);
        string[] prompts = ["Question: who?\nAnswer:", "a", "Q"];
        IReadOnlyList<TextResult> whole = model.Generate([.. prompts.Select(model.Encode)], new GenerationOptions { MaxNewTokens = 24 });
        string stop = whole[1].Text.EnumerateRunes().Skip(2).First().ToString(); // something that does come
        JsonElement answer = await server.CompleteAsync(new { prompt = prompts.Select(ByteTokenizer.Ids), model = "golden", max_tokens = 24, temperature = 0, stop = new[] { stop, "<|endoftext|>" }, seed = 1234 });
        string[] texts = new string[prompts.Length];
        foreach (JsonElement choice in answer.GetProperty("choices").EnumerateArray())
            texts[choice.GetProperty("index").GetInt32()] = choice.GetProperty("text").GetString()!;
        Assert.Equal(whole.Select(one => one.Text.Split(stop)[0]), texts);
        Assert.True(texts[1].Length < whole[1].Text.Length);
    }

    /// <summary>What <c>parse_logprobs</c> makes of a choice: the sum over the continuation, without the token that was generated; greedy where each is the largest.</summary>
    private static (double Sum, bool IsGreedy) ParseLogProbabilities(JsonElement choice, int contextLength)
    {
        JsonElement logProbabilities = choice.GetProperty("logprobs");
        double[] own = [.. logProbabilities.GetProperty("token_logprobs").EnumerateArray().Skip(contextLength).SkipLast(1).Select(value => value.GetDouble())];
        double[] largest = [.. logProbabilities.GetProperty("top_logprobs").EnumerateArray().Skip(contextLength).SkipLast(1).Select(top => top.EnumerateObject().Max(one => one.Value.GetDouble()))];
        Assert.Equal(JsonValueKind.Null, logProbabilities.GetProperty("token_logprobs")[0].ValueKind);
        return (own.Sum(), own.SequenceEqual(largest));
    }

    private static (double Sum, bool IsGreedy) Plain(Transformer model, int[] context, int[] continuation)
    {
        int[] tokens = [.. context, .. continuation];
        double[,] expected = RealModel.LogProbabilities(model, tokens);
        double sum = 0;
        bool isGreedy = true;
        for (int i = context.Length; i < tokens.Length; i++)
        {
            sum += expected[i - 1, tokens[i]];
            isGreedy &= Enumerable.Range(0, 320).All(id => expected[i - 1, id] <= expected[i - 1, tokens[i]]);
        }
        return (sum, isGreedy);
    }
}
