using System.Net;
using System.Text.Json;

namespace Castalia.Serving.Tests;

/// <summary>Many clients at a time, and more than there is room for.</summary>
public sealed class QueueTests
{
    [Fact]
    public async Task Many_clients_get_what_each_would_get_alone()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Slots = 3, Queue = 1000 });
        string[] prompts = [.. Enumerable.Range(0, 60).Select(i => $"client {i} says {new string((char)('a' + (i % 26)), 1 + (i % 7))} ")];
        string[] texts = await Task.WhenAll(prompts.Select(async (prompt, i) =>
        {
            object request = new { prompt, max_tokens = 5 + (i * 7 % 90), stream = i % 2 == 0 };
            return i % 2 == 0
                ? string.Concat((await server.StreamAsync("/v1/completions", request)).Select(one => one.GetProperty("choices")[0].GetProperty("text").GetString()))
                : (await server.CompleteAsync(request)).GetProperty("choices")[0].GetProperty("text").GetString()!;
        }));
        Assert.Equal(prompts.Select((prompt, i) => FakeEngine.Continuation(prompt, 5 + (i * 7 % 90))), texts);
        await server.UntilAsync("castalia_active_sequences", 0);
    }

    [Fact]
    public async Task A_full_queue_is_429_and_says_when_to_come_again()
    {
        var fake = new FakeEngine(1);
        fake.Close();
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Slots = 1, Queue = 2 }, fake);
        Task<JsonElement> running = server.CompleteAsync(new { prompt = "first" });
        await server.UntilAsync("castalia_active_sequences", 1);
        Task<JsonElement>[] waiting = [server.CompleteAsync(new { prompt = "second" }), server.CompleteAsync(new { prompt = "third" })];
        await server.UntilAsync("castalia_queue_length", 2);

        using HttpResponseMessage refused = await server.Client.PostAsync("/v1/completions", RunningServer.Json("""{"prompt": "fourth"}"""));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Contains("queue_full", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        fake.Open();
        Assert.StartsWith("first", Text(await running), StringComparison.Ordinal);
        Assert.StartsWith("second", Text(await waiting[0]), StringComparison.Ordinal);
        Assert.StartsWith("third", Text(await waiting[1]), StringComparison.Ordinal);
        Assert.StartsWith("fourth", Text(await server.CompleteAsync(new { prompt = "fourth" })), StringComparison.Ordinal);
    }

    /// <summary>A request of many sequences and one of a single one take turns.</summary>
    [Fact]
    public async Task A_large_request_does_not_keep_a_small_one_out()
    {
        var fake = new FakeEngine(1);
        fake.Close();
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Slots = 1 }, fake);
        Task<JsonElement> large = server.CompleteAsync(new { prompt = "many", n = 50, max_tokens = 1 });
        await server.UntilAsync("castalia_active_sequences", 1);
        Task<JsonElement> small = server.CompleteAsync(new { prompt = "one", max_tokens = 1 });
        await server.UntilAsync("castalia_queue_length", 2);
        fake.Let(3); // the large one's first, its second or the small one, and the other of these
        Assert.Equal("o", Text(await small));
        Assert.False(large.IsCompleted);
        fake.Open();
        Assert.Equal(50, (await large).GetProperty("choices").GetArrayLength());
    }

    [Fact]
    public async Task A_request_that_takes_too_long_is_504_and_frees_its_slot()
    {
        var fake = new FakeEngine(1);
        fake.Close();
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Slots = 1, RequestTimeout = 0.05 }, fake);
        Assert.Equal("timeout", (await server.RefusedAsync(HttpStatusCode.GatewayTimeout, "/v1/completions", """{"prompt": "slow"}""")).GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await server.PostAsync("/v1/completions", """{"prompt": "slow", "stream": true}""")).Status);
        fake.Let(1);
        await server.UntilAsync("castalia_active_sequences", 0);
    }

    [Fact]
    public async Task A_failing_step_fails_its_requests_and_no_others()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        server.Fake.Failure = new InvalidOperationException("a defect");
        JsonElement error = await server.RefusedAsync(HttpStatusCode.InternalServerError, "/v1/completions", """{"prompt": "a"}""");
        Assert.DoesNotContain("a defect", error.ToString(), StringComparison.Ordinal); // the inside is nobody's business
        Assert.Equal("bb", Text(await server.CompleteAsync(new { prompt = "bb", max_tokens = 2 })));
        await server.UntilAsync("castalia_active_sequences", 0);
    }

    private static string Text(JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("text").GetString()!;
}
