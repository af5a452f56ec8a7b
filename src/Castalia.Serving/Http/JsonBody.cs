using System.Text.Json;
using Castalia.Serving.Api;
using Microsoft.AspNetCore.Http;

namespace Castalia.Serving.Http;

/// <summary>JSON in and out.</summary>
internal static class JsonBody
{
    private const int Deepest = 32;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = Deepest, AllowDuplicateProperties = false };

    /// <summary>Reads a request's body.</summary>
    /// <param name="context">The request.</param>
    /// <param name="drain">Set when the server goes down: what has not been said by then is not waited for.</param>
    /// <exception cref="ApiException">It is not JSON, too large, too deep, or cut off.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpContext context, CancellationToken drain)
    {
        HttpRequest request = context.Request;
        // Other types may be sent by any web page without asking first; this one may not.
        if (!request.HasJsonContentType())
            throw new ApiException(415, ApiException.InvalidRequest, "The request's Content-Type has to be application/json.", code: "unsupported_media_type");
        if (request.Headers.ContentEncoding is [{ } encoding, ..] && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            throw new ApiException(415, ApiException.InvalidRequest, "A request with a Content-Encoding is not read; send it as it is.", code: "unsupported_media_type");
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain);
            return await JsonDocument.ParseAsync(request.Body, Strict, either.Token);
        }
        catch (OperationCanceledException) when (drain.IsCancellationRequested)
        {
            throw ApiException.ShuttingDown();
        }
        catch (BadHttpRequestException exception)
        {
            throw exception.StatusCode == 413
                ? new ApiException(413, ApiException.InvalidRequest, "The request's body is larger than the server takes.", code: "request_too_large", inner: exception)
                : new ApiException(exception.StatusCode, ApiException.InvalidRequest, "The request's body could not be read to its end.", inner: exception);
        }
        catch (JsonException exception)
        {
            throw new ApiException(400, ApiException.InvalidRequest, $"The request's body is not valid JSON: {exception.Message}", code: "invalid_json", inner: exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new ApiException(400, ApiException.InvalidRequest, "The request's body holds a string that is not valid Unicode.", code: "invalid_unicode", inner: exception);
        }
    }

    /// <summary>Answers with JSON.</summary>
    public static async Task SendAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, ErrorBody.Json))
            write(json);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
