using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Castalia.Evaluation.Tests.Backends.Http;

/// <summary>A server on the loopback that answers as its script says, byte by byte: nothing, halves, nonsense.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<Posted, Task<byte[]?>> _script;
    private int _count;

    /// <summary>Starts.</summary>
    /// <param name="script">The bytes of the answer to a request, head included; null for no answer at all.</param>
    public ScriptedServer(Func<Posted, Task<byte[]?>> script)
    {
        _script = script;
        _listener.Start();
        _ = AcceptAsync();
    }

    public ScriptedServer(Func<Posted, byte[]?> script) : this(posted => Task.FromResult(script(posted)))
    {
    }

    /// <summary>One that never answers.</summary>
    public static ScriptedServer Silent() => new(_ => Task.FromResult<byte[]?>(null));

    /// <summary>What came, in its order.</summary>
    public ConcurrentQueue<Posted> Requests { get; } = new();

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1/completions";

    /// <summary>An answer with a body.</summary>
    public static byte[] Reply(string body, int status = 200, string headers = "") => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"HTTP/1.1 {status} X\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}Connection: close\r\n\r\n{body}"));

    /// <summary>An answer with a body of JSON.</summary>
    public static byte[] Reply(object body, int status = 200) => Reply(JsonSerializer.Serialize(body), status);

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                (string head, string body) = await ReadAsync(stream);
                var posted = new Posted(Interlocked.Increment(ref _count), head, body);
                Requests.Enqueue(posted);
                if (await _script(posted) is { } answer)
                    await stream.WriteAsync(answer);
                else
                    await Task.Delay(Timeout.Infinite, _end.Token);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or IOException or SocketException)
            {
            }
        }
    }

    private async Task<(string head, string body)> ReadAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[64 * 1024];
        int head = -1, length = 0;
        while (head < 0 || bytes.Count < head + 4 + length)
        {
            int read = await stream.ReadAsync(buffer, _end.Token);
            if (read == 0)
                throw new IOException("The client is gone.");
            bytes.AddRange(buffer.AsSpan(0, read));
            if (head < 0 && (head = Encoding.Latin1.GetString(bytes.ToArray()).IndexOf("\r\n\r\n", StringComparison.Ordinal)) >= 0)
            {
                string line = Encoding.Latin1.GetString(bytes.ToArray(), 0, head).Split("\r\n").First(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
                length = int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
            }
        }
        byte[] all = [.. bytes];
        return (Encoding.UTF8.GetString(all, 0, head), Encoding.UTF8.GetString(all, head + 4, length));
    }
}

/// <summary>A request that came.</summary>
internal sealed record Posted(int Number, string Head, string Body)
{
    public JsonElement Json { get; } = JsonDocument.Parse(Body).RootElement;
}
