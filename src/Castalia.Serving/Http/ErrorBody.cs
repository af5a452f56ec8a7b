using System.Text.Encodings.Web;
using System.Text.Json;
using Castalia.Serving.Api;
using Microsoft.AspNetCore.Http;

namespace Castalia.Serving.Http;

/// <summary>Errors as OpenAI's clients read them.</summary>
internal static class ErrorBody
{
    /// <summary>How all JSON of the server is written.</summary>
    public static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Answers with an error; where the answer has begun already, the connection is closed instead.</summary>
    public static async Task SendAsync(HttpContext context, ApiException error)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }
        context.Response.Clear();
        context.Response.StatusCode = error.Status;
        if (error.RetryAfter is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (error.Status == 401)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        await JsonBody.SendAsync(context, json => Write(json, error));
    }

    /// <summary>Writes the error's object.</summary>
    public static void Write(Utf8JsonWriter json, ApiException error)
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", error.Message);
        json.WriteString("type", error.Type);
        json.WriteString("param", error.Param);
        json.WriteString("code", error.Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
