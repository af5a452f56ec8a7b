using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Castalia.Models;
using Castalia.Serving.Api;
using Castalia.Text.Chat;

namespace Castalia.Serving.Tests;

/// <summary>A server on a free port of the loopback, over a model of closed form or a real one, and a client of it.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    public const string Template = "{% for message in messages %}[{{ message.role }}]{{ message.content }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

    private readonly FakeEngine? _fake;

    private RunningServer(ModelServer server, FakeEngine? fake)
    {
        (Server, _fake) = (server, fake);
        Client = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromMinutes(5) };
    }

    public ModelServer Server { get; }

    public HttpClient Client { get; }

    /// <summary>The model of closed form.</summary>
    public FakeEngine Fake => _fake!;

    public static async Task<RunningServer> StartAsync(ServingOptions? options = null, FakeEngine? fake = null)
    {
        options ??= new ServingOptions();
        if (options.Port == new ServingOptions().Port)
            options = options with { Port = 0 };
        fake ??= new FakeEngine(options.Slots);
        var model = new ModelDescription
        {
            Name = "fake",
            Tokenizer = ByteTokenizer.Tokenizer,
            Texts = new TokenTexts(ByteTokenizer.Tokenizer),
            VocabularySize = 320,
            Context = options.Context ?? 512,
            BeginToken = ByteTokenizer.EndOfText,
            EndTokens = [ByteTokenizer.EndOfText],
            Chat = ChatTemplate.Parse(Template, "template"),
        };
        return new RunningServer(await ModelServer.StartAsync(model, fake, options), fake);
    }

    /// <summary>Serves a real model.</summary>
    public static async Task<RunningServer> StartAsync(TextGenerator model, ServingOptions? options = null, ChatTemplate? chat = null) =>
        new(await ModelServer.StartAsync(model, chat, (options ?? new ServingOptions()) with { Port = 0 }), null);

    /// <summary>Sends JSON and reads the answer.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string path, string json)
    {
        using HttpResponseMessage response = await Client.PostAsync(path, Json(json));
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    /// <summary>Asks for completions and expects them.</summary>
    public async Task<JsonElement> CompleteAsync(object request) => await AskAsync("/v1/completions", request);

    /// <summary>Asks for chat completions and expects them.</summary>
    public async Task<JsonElement> ChatAsync(object request) => await AskAsync("/v1/chat/completions", request);

    /// <summary>Asks and expects a refusal; returns the error's object.</summary>
    public async Task<JsonElement> RefusedAsync(HttpStatusCode status, string path, string json)
    {
        (HttpStatusCode found, JsonElement body) = await PostAsync(path, json);
        Assert.True(status == found, $"expected {status}, found {found}: {body}\n{(json.Length < 300 ? json : json[..300])}");
        JsonElement error = body.GetProperty("error");
        Assert.NotEqual("", error.GetProperty("message").GetString());
        Assert.NotEqual("", error.GetProperty("type").GetString());
        _ = (error.GetProperty("param"), error.GetProperty("code"));
        return error;
    }

    /// <summary>Asks for a stream and reads its events to the end.</summary>
    public async Task<List<JsonElement>> StreamAsync(string path, object request)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = Json(JsonSerializer.Serialize(request)) };
        using HttpResponseMessage response = await Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return Events(text);
    }

    /// <summary>The events of a stream that ended well.</summary>
    public static List<JsonElement> Events(string text)
    {
        string[] events = text.Split("\n\n");
        Assert.Equal("", events[^1]);
        Assert.Equal("data: [DONE]", events[^2]);
        return [.. events[..^2].Select(one => JsonDocument.Parse(one["data: ".Length..]).RootElement)];
    }

    /// <summary>A metric's value.</summary>
    public async Task<double> MetricAsync(string name)
    {
        foreach (string line in (await Client.GetStringAsync("/metrics")).Split('\n'))
        {
            if (line.StartsWith(name + " ", StringComparison.Ordinal))
                return double.Parse(line[(name.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        }
        return 0;
    }

    /// <summary>Waits until a metric has a value.</summary>
    public Task UntilAsync(string metric, double value) => UntilAsync(async () => await MetricAsync(metric) == value, $"{metric} = {value}");

    /// <summary>Waits until something holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        for (int i = 0; i < 6000; i++)
        {
            if (await holds())
                return;
            await Task.Delay(10);
        }
        Assert.Fail($"It never came to {what}.");
    }

    /// <summary>A bare connection.</summary>
    public async Task<NetworkStream> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Server.Url.Port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>A whole request as bytes.</summary>
    public byte[] RawPost(string path, string json) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: {Server.Url.Authority}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    public static StringContent Json(string json) => new(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _fake?.Open();
        await Server.DisposeAsync();
    }

    private async Task<JsonElement> AskAsync(string path, object request)
    {
        (HttpStatusCode status, JsonElement body) = await PostAsync(path, JsonSerializer.Serialize(request));
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        return body;
    }
}
