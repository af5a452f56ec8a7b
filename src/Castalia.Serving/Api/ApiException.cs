namespace Castalia.Serving.Api;

/// <summary>A request that is answered by an error, with what OpenAI's error bodies carry.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="type">The kind of error: <c>invalid_request_error</c>, <c>server_error</c>.</param>
/// <param name="message">What is wrong, for a person.</param>
/// <param name="param">The field at fault: <c>max_tokens</c>, <c>messages[2].content</c>; null where there is none.</param>
/// <param name="code">A word for programs; null where none is needed.</param>
/// <param name="inner">What it followed from, if anything.</param>
internal sealed class ApiException(int status, string type, string message, string? param = null, string? code = null, Exception? inner = null)
    : Exception(message, inner)
{
    public const string InvalidRequest = "invalid_request_error", ServerError = "server_error";

    public int Status { get; } = status;

    public string Type { get; } = type;

    public string? Param { get; } = param;

    public string? Code { get; } = code;

    /// <summary>Seconds after which it is worth to ask again; null where it is not.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>400: a field is wrong.</summary>
    public static ApiException Invalid(string? param, string message, string? code = null) => new(400, InvalidRequest, message, param, code);

    /// <summary>429: the queue is full.</summary>
    public static ApiException QueueFull(int waiting) =>
        new(429, "rate_limit_error", $"{waiting} requests are waiting already, as many as the server takes. Try again later.", code: "queue_full") { RetryAfter = 1 };

    /// <summary>503: the server is on its way down.</summary>
    public static ApiException ShuttingDown() => new(503, ServerError, "The server is shutting down.", code: "shutting_down");

    /// <summary>504: the request took longer than the server allows.</summary>
    public static ApiException TimedOut(TimeSpan limit) =>
        new(504, "timeout", $"The request took longer than the {limit.TotalSeconds:0.###} seconds that the server allows.", code: "timeout");

    /// <summary>The stream's reader is too far behind.</summary>
    public static ApiException TooSlow() =>
        new(503, ServerError, "The client reads more slowly than the model writes; too much is waiting to be sent.", code: "client_too_slow");

    /// <summary>500: a defect of the server.</summary>
    public static ApiException Internal(Exception inner) => new(500, ServerError, "The server failed to answer this request.", code: "internal_error", inner: inner);
}
