using Castalia.Serving;

namespace Castalia.Cli.Display;

/// <summary>What a server says of itself.</summary>
internal static class ServingDisplay
{
    /// <summary>Where it is, and a command to try it.</summary>
    public static void ShowStart(ModelServer server, ServingOptions options, bool chats)
    {
        Console.WriteLine($"{server.ModelName} is served at {server.Url} (Ctrl-C stops)");
        Console.WriteLine($"{options.Slots} sequences at a time, up to {server.Context} tokens each; {options.Queue} requests may wait.");
        if (options.ApiKey is null && server.IsOpenToOthers)
            Console.WriteLine("No API key is set: whoever reaches this address may use the model.");
        string key = options.ApiKey is null ? "" : " -H \"Authorization: Bearer $CASTALIA_API_KEY\"";
        string endpoint = chats ? "chat/completions" : "completions";
        string ask = chats ? "\"messages\": [{\"role\": \"user\", \"content\": \"What is a spring?\"}]" : "\"prompt\": \"In the beginning\"";
        Console.WriteLine();
        Console.WriteLine($"    curl {server.Url}v1/{endpoint} -H \"Content-Type: application/json\"{key} \\");
        Console.WriteLine($"      -d '{{\"model\": \"{server.ModelName}\", {ask}, \"max_tokens\": 32}}'");
        Console.WriteLine();
    }

    /// <summary>That it is stopping.</summary>
    public static void ShowStop(ServingOptions options) =>
        Console.WriteLine(FormattableString.Invariant($"Stopping: no new requests; running ones have {options.GracePeriod} seconds. Ctrl-C again ends at once."));
}
