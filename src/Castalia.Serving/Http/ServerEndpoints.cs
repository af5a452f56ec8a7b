using System.Diagnostics;
using System.Text.Json;
using Castalia.Serving.Api;
using Castalia.Serving.Metrics;
using Castalia.Serving.Scheduling;
using Microsoft.AspNetCore.Http;

namespace Castalia.Serving.Http;

/// <summary>The server's paths and what each does.</summary>
internal sealed class ServerEndpoints(ModelDescription model, Scheduler scheduler, ServerMetrics metrics, ServingOptions options)
{
    private const int ClientClosedRequest = 499;

    private readonly Access _access = new(options);
    private readonly CompletionReader _completions = new(model, options);
    private readonly ChatReader _chat = new(model, options);
    private readonly CompletionFormat _completionFormat = new(model);
    private readonly ChatFormat _chatFormat = new(model);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _drain = new();
    private int _inFlight = 1; // one more than there are, until the way down

    /// <summary>From now on requests for tokens are refused and <c>/ready</c> says no.</summary>
    /// <returns>Ends when the last request that had come is answered.</returns>
    public Task DrainAsync()
    {
        _drain.Cancel();
        Leave();
        return _idle.Task;
    }

    /// <summary>Answers a request, whatever it is.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        Interlocked.Increment(ref _inFlight);
        try
        {
            await AnswerAsync(context);
        }
        finally
        {
            Leave();
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _inFlight) == 0)
            _idle.TrySetResult();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        string endpoint = path is "/v1/models" or "/v1/completions" or "/v1/chat/completions" or "/health" or "/ready" or "/metrics" ? path : "other";
        int status;
        try
        {
            await RouteAsync(context, path);
            status = context.Response.StatusCode;
        }
        catch (ApiException error)
        {
            status = error.Status;
            await SendAsync(context, error);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            status = ClientClosedRequest;
        }
        catch (Exception exception)
        {
            status = 500;
            await SendAsync(context, ApiException.Internal(exception));
        }
        metrics.Count(endpoint, status);
    }

    private static async Task SendAsync(HttpContext context, ApiException error)
    {
        try
        {
            await ErrorBody.SendAsync(context, error);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read of it.
        }
    }

    private Task RouteAsync(HttpContext context, string path)
    {
        _access.CheckHost(context.Request);
        switch (path)
        {
            case "/health":
                Require(context, "GET");
                return SendStatusAsync(context, "ok");
            case "/ready":
                Require(context, "GET");
                if (_drain.IsCancellationRequested)
                    throw ApiException.ShuttingDown();
                return SendStatusAsync(context, "ready");
        }
        _access.CheckKey(context.Request);
        switch (path)
        {
            case "/metrics":
                Require(context, "GET");
                context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
                return context.Response.WriteAsync(metrics.Write(), context.RequestAborted);
            case "/v1/models":
                Require(context, "GET");
                return SendModelsAsync(context);
            case "/v1/completions":
                Require(context, "POST");
                return GenerateAsync(context, _completions.Read, _completionFormat);
            case "/v1/chat/completions":
                Require(context, "POST");
                return GenerateAsync(context, _chat.Read, _chatFormat);
        }
        if (path.StartsWith("/v1/models/", StringComparison.Ordinal))
        {
            Require(context, "GET");
            string name = path["/v1/models/".Length..];
            return name == model.Name
                ? JsonBody.SendAsync(context, WriteModel)
                : throw new ApiException(404, ApiException.InvalidRequest, $"The model '{Shown(name)}' is not served here; this is '{model.Name}'.", "model", "model_not_found");
        }
        throw new ApiException(404, ApiException.InvalidRequest, $"There is nothing at '{Shown(path)}'.", code: "unknown_url");
    }

    private async Task GenerateAsync(HttpContext context, Func<JsonElement, GenerationRequest> read, AnswerFormat format)
    {
        long began = Stopwatch.GetTimestamp();
        if (_drain.IsCancellationRequested)
            throw ApiException.ShuttingDown();
        if (!scheduler.HasRoom) // before a large body is read
            throw ApiException.QueueFull(scheduler.Waiting);
        GenerationRequest request;
        using (JsonDocument body = await JsonBody.ReadAsync(context, _drain.Token))
            request = read(body.RootElement);

        var parts = new ChoiceParts(request, model, options.StreamRoom);
        if (!parts.NeedsNoModel)
            scheduler.Submit(parts.Job);
        TimeSpan limit = TimeSpan.FromSeconds(options.RequestTimeout);
        using var timeout = new CancellationTokenSource(limit);
        using CancellationTokenRegistration late = timeout.Token.Register(() => scheduler.Cancel(parts.Job, ApiException.TimedOut(limit)));
        using CancellationTokenRegistration gone = context.RequestAborted.Register(() => scheduler.Cancel(parts.Job, new OperationCanceledException()));
        try
        {
            var sender = new AnswerSender(context, request, parts, format);
            await (request.Stream ? sender.SendStreamAsync() : sender.SendWholeAsync());
            metrics.Duration.Observe(Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
        finally
        {
            scheduler.Cancel(parts.Job);
        }
    }

    private Task SendModelsAsync(HttpContext context) => JsonBody.SendAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        WriteModel(json);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private void WriteModel(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id", model.Name);
        json.WriteString("object", "model");
        json.WriteNumber("created", model.Created);
        json.WriteString("owned_by", "castalia");
        json.WriteNumber("max_model_len", model.Context);
        json.WriteEndObject();
    }

    private static Task SendStatusAsync(HttpContext context, string status) => JsonBody.SendAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("status", status);
        json.WriteEndObject();
    });

    private static void Require(HttpContext context, string method)
    {
        if (context.Request.Method == method)
            return;
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.Allow = method;
            return Task.CompletedTask;
        });
        throw new ApiException(405, ApiException.InvalidRequest, $"This path takes {method} only.", code: "method_not_allowed");
    }

    private static string Shown(string text) => text.Length <= 100 ? text : text[..97] + "...";
}
