using System.Net;
using System.Text.Json;

namespace Castalia.Serving.Tests;

/// <summary>The way down.</summary>
public sealed class ShutdownTests
{
    [Fact]
    public async Task What_runs_is_finished_and_what_comes_is_refused()
    {
        var fake = new FakeEngine(1);
        fake.Close();
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Slots = 1, GracePeriod = 600 }, fake);
        Task<List<JsonElement>> stream = server.StreamAsync("/v1/completions", new { prompt = "running", max_tokens = 20, stream = true });
        await server.UntilAsync("castalia_active_sequences", 1);
        Task<JsonElement> waiting = server.CompleteAsync(new { prompt = "waiting", max_tokens = 7 });
        await server.UntilAsync("castalia_queue_length", 1);
        fake.Let(2);

        Task stopping = server.Server.StopAsync();
        await RunningServer.UntilAsync(async () =>
        {
            try
            {
                using var late = new HttpClient { BaseAddress = server.Server.Url };
                return (await late.GetAsync("/ready")).StatusCode == HttpStatusCode.ServiceUnavailable;
            }
            catch (HttpRequestException)
            {
                return true; // nobody listens any more
            }
        }, "refusing");
        Assert.False(stopping.IsCompleted);
        fake.Open();
        Assert.Equal("runningRUNNINGRUNNIN", string.Concat((await stream).Select(one => one.GetProperty("choices")[0].GetProperty("text").GetString())));
        Assert.Equal("waiting", (await waiting).GetProperty("choices")[0].GetProperty("text").GetString());
        await stopping;
        using var after = new HttpClient { BaseAddress = server.Server.Url };
        await Assert.ThrowsAsync<HttpRequestException>(() => after.GetAsync("/health"));
    }

    [Fact]
    public async Task After_the_grace_period_the_rest_is_told_so()
    {
        var fake = new FakeEngine(1);
        fake.Close();
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Slots = 1, GracePeriod = 0 }, fake);
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = RunningServer.Json("""{"prompt": "streaming", "max_tokens": 100, "stream": true}""") };
        Task<HttpResponseMessage> started = server.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        await server.UntilAsync("castalia_active_sequences", 1);
        fake.Let(1);
        using HttpResponseMessage stream = await started;
        Task<(HttpStatusCode Status, JsonElement Body)> waiting = server.PostAsync("/v1/completions", """{"prompt": "waiting"}""");
        await server.UntilAsync("castalia_queue_length", 1);

        Task stopping = server.Server.StopAsync();
        (HttpStatusCode status, JsonElement body) = await waiting;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "shutting_down"), (status, body.GetProperty("error").GetProperty("code").GetString()));
        fake.Let(1); // the model's thread hears of it after its step
        string text = await stream.Content.ReadAsStringAsync();
        Assert.Contains("shutting_down", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task Half_open_connections_do_not_keep_it_up()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { GracePeriod = 1e6 });
        await using System.Net.Sockets.NetworkStream idle = await server.ConnectAsync(), started = await server.ConnectAsync(), half = await server.ConnectAsync();
        await started.WriteAsync("POST /v1/comp"u8.ToArray());
        await half.WriteAsync(server.RawPost("/v1/completions", """{"prompt": "a"}""")[..^5]);
        await server.CompleteAsync(new { prompt = "a" });
        await server.Server.StopAsync(); // although the grace period is days
    }

    [Fact]
    public async Task A_port_in_use_is_told_of()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        InputException error = await Assert.ThrowsAsync<InputException>(() => RunningServer.StartAsync(new ServingOptions { Port = server.Server.Url.Port }));
        Assert.Contains("--port", error.Remedy, StringComparison.Ordinal);
        Assert.Contains("--host", (await Assert.ThrowsAsync<InputException>(() => RunningServer.StartAsync(new ServingOptions { Host = "nowhere.example" }))).Message, StringComparison.Ordinal);
    }
}
