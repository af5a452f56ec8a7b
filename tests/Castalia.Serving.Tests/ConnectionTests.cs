using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Castalia.Serving.Tests;

/// <summary>Clients that go away, read slowly, stop in the middle, or do not speak HTTP.</summary>
public sealed class ConnectionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_goes_away_frees_its_slot(bool stream)
    {
        var fake = new FakeEngine(1);
        fake.Close();
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Slots = 1 }, fake);
        NetworkStream connection = await server.ConnectAsync();
        await connection.WriteAsync(server.RawPost("/v1/completions", $$"""{"prompt": "gone", "max_tokens": 400, "n": 3, "stream": {{(stream ? "true" : "false")}}}"""));
        await server.UntilAsync("castalia_active_sequences", 1);
        if (stream)
        {
            fake.Let(3);
            byte[] some = new byte[200];
            await connection.ReadExactlyAsync(some);
            Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(some), StringComparison.Ordinal);
        }
        await connection.DisposeAsync();
        await server.UntilAsync("castalia_queue_length", 0); // its other sequences leave the queue without a step
        int steps = fake.Steps;
        fake.Let(1);
        await server.UntilAsync("castalia_active_sequences", 0);
        Assert.True(fake.Steps <= steps + 1 + 3, "the sequence went on");
        fake.Open();
        await server.CompleteAsync(new { prompt = "next" });
        await server.UntilAsync("castalia_requests_total{endpoint=\"/v1/completions\",status=\"499\"}", 1);
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_nobody_up()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Slots = 2, Context = 1 << 20, StreamRoom = 500 });
        await using NetworkStream lazy = await server.ConnectAsync();
        lazy.Socket.ReceiveBufferSize = 1024;
        await lazy.WriteAsync(server.RawPost("/v1/completions", """{"prompt": "lazy", "max_tokens": 1000000, "logprobs": 20, "stream": true}"""));
        await RunningServer.UntilAsync(() => Task.FromResult(server.Fake.Steps > 0), "a step");
        Assert.Equal("quick", (await server.CompleteAsync(new { prompt = "quick", max_tokens = 5 })).GetProperty("choices")[0].GetProperty("text").GetString());
        await server.UntilAsync("castalia_active_sequences", 0); // cut off: it would take a million steps, and more room than it has
        Assert.True(server.Fake.Steps < 900_000);
        Assert.Equal("again", (await server.CompleteAsync(new { prompt = "again", max_tokens = 5 })).GetProperty("choices")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Half_open_connections_and_garbage_hurt_nobody()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        var open = new List<NetworkStream>();
        var random = new Random(7);
        foreach (byte[] bytes in (byte[][])
        [
            [], [0], [22, 3, 1, 2, 0, 1, 0], Encoding.ASCII.GetBytes("POST /v1/comp"), Encoding.ASCII.GetBytes("GET / HTTP/9.9\r\n\r\n"),
            Encoding.ASCII.GetBytes("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"prompt\": "),
            Encoding.ASCII.GetBytes("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Encoding.ASCII.GetBytes("GET /v1/models HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 5000))),
            .. Enumerable.Range(0, 30).Select(_ => { byte[] noise = new byte[random.Next(1, 3000)]; random.NextBytes(noise); return noise; }),
        ])
        {
            NetworkStream connection = await server.ConnectAsync();
            open.Add(connection);
            try
            {
                await connection.WriteAsync(bytes);
            }
            catch (IOException)
            {
                // Refused before it had said all.
            }
        }
        Assert.Equal("fine", (await server.CompleteAsync(new { prompt = "fine", max_tokens = 4 })).GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/health")).StatusCode);
        foreach (NetworkStream connection in open)
            await connection.DisposeAsync();
        await server.CompleteAsync(new { prompt = "still fine" });
    }

    [Fact]
    public async Task Requests_in_a_row_on_one_connection_are_answered_in_order()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using NetworkStream connection = await server.ConnectAsync();
        await connection.WriteAsync((byte[])[.. server.RawPost("/v1/completions", """{"prompt": "one", "max_tokens": 3}"""), .. server.RawPost("/v1/completions", """{"prompt": "two", "max_tokens": 3}""")]);
        var said = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!said.ToString().Contains("\"two\"", StringComparison.Ordinal))
        {
            int count = await connection.ReadAsync(buffer);
            Assert.True(count > 0);
            said.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        Assert.True(said.ToString().IndexOf("\"one\"", StringComparison.Ordinal) < said.ToString().IndexOf("\"two\"", StringComparison.Ordinal));
    }
}
