using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Castalia.Evaluation;

/// <summary>
/// Posts requests to a server, several at a time, and again where it did not answer or answered by halves. What fails all the same is an
/// <see cref="InputException"/> that names the server, the request and the field.
/// </summary>
internal sealed class ModelServerClient : IDisposable
{
    private const int LongestAnswer = 256 << 20;
    private const int LongestMessage = 400;
    private const int MostWaits = 10; // of the shortest wait
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromSeconds(60);

    private readonly HttpModelOptions _options;
    private readonly HttpClient _client;
    private readonly List<string> _secrets = [];

    public ModelServerClient(HttpModelOptions options)
    {
        _options = options;
        // Whoever is in the address may have a password there, and so may its query.
        Name = options.BaseUrl.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        _client = new HttpClient(options.Handler ?? Network(options)) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LongestAnswer };
        string key = options.ApiKey ?? Environment.GetEnvironmentVariable("OPENAI_API_KEY") ?? "";
        foreach ((string name, string value) in options.Headers ?? (key.Length > 0 ? new Dictionary<string, string> { ["Authorization"] = "Bearer " + key } : []))
        {
            _secrets.Add(value);
            if (value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
                _secrets.Add(value["Bearer ".Length..]);
            if (!Add(name, value))
            {
                throw new InputException(options.Headers is null ? "OPENAI_API_KEY" : "model_args", options.Headers is null ? null : $"header '{name}'",
                    "it has a name or characters that a header cannot carry.", "Give printable ASCII in one line.");
            }
        }
    }

    /// <summary>The server's address, without what may be secret in it.</summary>
    public string Name { get; }

    /// <summary>Puts some requests.</summary>
    /// <param name="count">How many.</param>
    /// <param name="call">What is posted for the i-th, and what errors call it.</param>
    /// <param name="read">Reads the answer to the i-th; throws <see cref="ServerFailure"/> where it is none.</param>
    /// <param name="answered">Told each answer, from one thread at a time.</param>
    /// <param name="cancellationToken">Stops everything.</param>
    /// <exception cref="InputException">A request was not answered: that of the lowest index. No others are begun then, and those under way are finished.</exception>
    public void Ask<T>(int count, Func<int, ServerCall> call, Func<int, JsonElement, T> read, Action<int, T> answered, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var failures = new SortedDictionary<int, InputException>();
        var gate = new Lock();
        int next = -1;

        async Task WorkAsync()
        {
            for (int i = Interlocked.Increment(ref next); i < count && !stop.IsCancellationRequested; i = Interlocked.Increment(ref next))
            {
                int index = i;
                try
                {
                    T answer = await AskAsync(call(index), answer => read(index, answer), stop.Token, cancellationToken).ConfigureAwait(false);
                    lock (gate)
                        answered(index, answer);
                }
                catch (InputException error)
                {
                    lock (gate)
                        failures[index] = error;
                    await stop.CancelAsync().ConfigureAwait(false);
                }
                catch
                {
                    await stop.CancelAsync().ConfigureAwait(false);
                    throw;
                }
            }
        }

        Task.WhenAll(Enumerable.Range(0, Math.Min(count, _options.Concurrent)).Select(_ => Task.Run(WorkAsync, CancellationToken.None))).GetAwaiter().GetResult();
        cancellationToken.ThrowIfCancellationRequested();
        if (failures.Count > 0)
            throw failures.First().Value;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static SocketsHttpHandler Network(HttpModelOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // keys are for this server
            UseProxy = !options.BaseUrl.IsLoopback,
            MaxConnectionsPerServer = options.Concurrent,
        };
        if (!options.VerifyCertificate)
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        return handler;
    }

    private bool Add(string name, string value)
    {
        try
        {
            return !value.AsSpan().ContainsAny("\r\n\0") && Ascii.IsValid(value) && _client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }
        catch (Exception error) when (error is FormatException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private async Task<T> AskAsync<T>(ServerCall call, Func<JsonElement, T> read, CancellationToken stop, CancellationToken cancellationToken)
    {
        TimeSpan wait = _options.RetryDelay;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return Read(await PostAsync(call.Body, cancellationToken).ConfigureAwait(false), read);
            }
            catch (ServerFailure failure)
            {
                if (!failure.IsPassing || attempt >= _options.MaxRetries || stop.IsCancellationRequested)
                    throw Explain(call, failure, attempt);
                TimeSpan asked = failure.RetryAfter ?? TimeSpan.Zero;
                try
                {
                    await Task.Delay(asked > wait ? asked : wait, stop).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    throw Explain(call, failure, attempt);
                }
                wait = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, MostWaits * _options.RetryDelay.Ticks));
            }
        }
    }

    private async Task<byte[]> PostAsync(byte[] body, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_options.Timeout);
        try
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage response = await _client.PostAsync(_options.BaseUrl, content, patience.Token).ConfigureAwait(false);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(patience.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? answer : throw Refused(response, answer);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServerFailure(null, string.Create(CultureInfo.InvariantCulture, $"no answer came within {_options.Timeout.TotalSeconds} s."), inner: error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new ServerFailure(null, $"the server cannot be reached or broke off: {Clean(error.InnerException?.Message ?? error.Message)}", inner: error);
        }
    }

    private T Read<T>(byte[] answer, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(answer);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out JsonElement error) && error.ValueKind != JsonValueKind.Null)
                throw new ServerFailure("error", $"the server reports an error: {Message(answer)}");
            return read(json.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) // the latter where a text is not valid Unicode
        {
            throw new ServerFailure(null, $"the answer is no whole JSON: {error.Message}", inner: error);
        }
    }

    private ServerFailure Refused(HttpResponseMessage response, byte[] answer)
    {
        int status = (int)response.StatusCode;
        bool passing = response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425 || status >= 500;
        TimeSpan? after = response.Headers.RetryAfter is { } header ? header.Delta ?? header.Date - DateTimeOffset.UtcNow : null;
        return new ServerFailure(null, string.Create(CultureInfo.InvariantCulture, $"the server answers {status}: {Message(answer)}"), passing)
        {
            RetryAfter = after > LongestRetryAfter ? LongestRetryAfter : after,
        };
    }

    /// <summary>What a server says of an error: OpenAI's <c>error.message</c>, else the beginning of whatever it sends.</summary>
    private string Message(byte[] answer)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(answer);
            JsonElement error = json.RootElement;
            foreach (string name in (string[])["error", "message"])
            {
                if (error.ValueKind == JsonValueKind.Object && error.TryGetProperty(name, out JsonElement inner))
                    error = inner;
            }
            return Clean(error.ValueKind == JsonValueKind.String ? error.GetString()! : error.GetRawText());
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return Clean(Encoding.UTF8.GetString(answer.AsSpan(0, Math.Min(answer.Length, 4 * LongestMessage))));
        }
    }

    /// <summary>A stranger's text in one line, short, and without the key that was sent.</summary>
    private string Clean(string text)
    {
        foreach (string secret in _secrets.Where(secret => secret.Length > 0))
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        string line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length == 0 ? "(nothing)" : line.Length <= LongestMessage ? line : line[..LongestMessage] + "...";
    }

    private InputException Explain(ServerCall call, ServerFailure failure, int attempts) => new(
        Name, failure.Field is null ? call.Place : $"{call.Place}, field '{failure.Field}'",
        Clean(failure.Message) + (attempts > 1 ? string.Create(CultureInfo.InvariantCulture, $" This was attempt {attempts}.") : ""),
        "Look at the server and its log; answers that came are kept where the run keeps any.", failure);
}

/// <summary>A body to post, and what errors call the request.</summary>
internal sealed record ServerCall(byte[] Body, string Place);
