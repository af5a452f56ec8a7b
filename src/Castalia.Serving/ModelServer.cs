using System.Net;
using Castalia.Models;
using Castalia.Serving.Api;
using Castalia.Serving.Http;
using Castalia.Serving.Metrics;
using Castalia.Serving.Scheduling;
using Castalia.Text.Chat;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Castalia.Serving;

/// <summary>An HTTP server over one model, in the form of OpenAI's completions and chat completions.</summary>
public sealed class ModelServer : IAsyncDisposable
{
    // What is left of connections has so long to close by itself; then they are cut, half-open ones among them.
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;
    private readonly Scheduler _scheduler;
    private readonly ServerEndpoints _endpoints;
    private readonly TimeSpan _grace;
    private Task? _stopping;

    private ModelServer(ModelDescription model, WebApplication app, Scheduler scheduler, ServerEndpoints endpoints, TimeSpan grace)
    {
        (_app, _scheduler, _endpoints, _grace) = (app, scheduler, endpoints, grace);
        (ModelName, Context) = (model.Name, model.Context);
        Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Where the server listens, with the port it really has.</summary>
    public Uri Url { get; }

    /// <summary>What requests call the model.</summary>
    public string ModelName { get; }

    /// <summary>The most tokens of a prompt and its continuation together.</summary>
    public int Context { get; }

    /// <summary>Whether other machines may reach the server.</summary>
    public bool IsOpenToOthers => !Access.IsLoopback(Url.Host);

    /// <summary>Starts serving.</summary>
    /// <param name="model">The model. It is not disposed of, and nobody else may use it until the server is.</param>
    /// <param name="chat">What makes prompts of messages; null for a model that knows no turns, of which chats are refused.</param>
    /// <param name="options">Where, and how much of what may be asked for; defaults if null.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="InputException">An option means nothing for this model, or the address cannot be listened on.</exception>
    public static Task<ModelServer> StartAsync(TextGenerator model, ChatTemplate? chat = null, ServingOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new ServingOptions();
        options.Validate();
        ModelDescription description = ModelDescription.Of(model, chat, options);
        TransformerEngine engine;
        try
        {
            engine = new TransformerEngine(model.Model, options.Slots, description.Context);
        }
        catch (ArgumentException exception) // more than there is memory
        {
            throw new InputException("serving options", "slots, context", exception.Message, "Give fewer --slots or a shorter --context.", exception);
        }
        return StartAsync(description, engine, options, cancellation);
    }

    /// <summary>Starts serving a model of any kind; the engine is disposed of with the server.</summary>
    internal static async Task<ModelServer> StartAsync(
        ModelDescription model, ISequenceEngine engine, ServingOptions options, CancellationToken cancellation = default)
    {
        var metrics = new ServerMetrics(options.Slots);
        var scheduler = new Scheduler(engine, options.Queue, options.ScoredAtATime, metrics);
        try
        {
            var endpoints = new ServerEndpoints(model, scheduler, metrics, options);
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
            builder.Services.AddSingleton<IHostLifetime, NoLifetime>(); // signals are the caller's
            builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
            WebApplication app = builder.Build();
            app.Run(endpoints.HandleAsync);
            await app.StartAsync(cancellation);
            return new ModelServer(model, app, scheduler, endpoints, TimeSpan.FromSeconds(options.GracePeriod));
        }
        catch (IOException exception)
        {
            scheduler.Dispose();
            throw new InputException(
                $"{options.Host}:{options.Port}", null, $"cannot listen there: {exception.Message}", "Choose another --port, or 0 for any that is free.", exception);
        }
        catch
        {
            scheduler.Dispose();
            throw;
        }
    }

    /// <summary>Stops taking requests, lets running ones finish within the grace period, cancels the others, and returns when all is closed.</summary>
    public Task StopAsync() => _stopping ??= StopOnceAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
        _scheduler.Dispose();
    }

    private async Task StopOnceAsync()
    {
        using var cut = new CancellationTokenSource();
        Task idle = _endpoints.DrainAsync(), closed = _app.StopAsync(cut.Token);
        await Task.WhenAny(idle, Task.Delay(_grace));
        _scheduler.Stop();
        cut.CancelAfter(Goodbye);
        await closed;
    }

    private static void Configure(KestrelServerOptions kestrel, ServingOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxBody;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
        if (options.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            kestrel.Listen(IPAddress.Loopback, options.Port);
        else if (IPAddress.TryParse(options.Host.Trim('[', ']'), out IPAddress? address))
            kestrel.Listen(address, options.Port);
        else
            throw new InputException("--host", null, $"'{options.Host}' is no address.", "Give localhost or an IP address, such as 127.0.0.1 or 0.0.0.0.");
    }

    /// <summary>The server is started and stopped by its owner alone.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
