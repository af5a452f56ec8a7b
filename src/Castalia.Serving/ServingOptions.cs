using System.ComponentModel.DataAnnotations;

namespace Castalia.Serving;

/// <summary>Where a model is served, and how much of what a stranger may ask for.</summary>
public sealed record ServingOptions
{
    /// <summary>The address to listen on: localhost, or an IP address; 0.0.0.0 for every one that this machine has.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port to listen on; 0 takes one that is free.</summary>
    [Range(0, 65535)]
    public int Port { get; init; } = 8080;

    /// <summary>What requests call the model; nothing for its folder's name.</summary>
    public string? Name { get; init; }

    /// <summary>Sequences that are generated at the same time. Each takes memory for the keys and values of a whole context.</summary>
    [Range(1, 1024)]
    public int Slots { get; init; } = 8;

    /// <summary>The most tokens of a prompt and its continuation together; nothing for what the model was trained for, 4096 at most.</summary>
    [Range(2, 1 << 26)]
    public int? Context { get; init; }

    /// <summary>Requests that wait for a slot at the most; further ones are answered 429.</summary>
    [Range(1, 1_000_000)]
    public int Queue { get; init; } = 64;

    /// <summary>Prompts times choices that one request may have.</summary>
    [Range(1, 100_000)]
    public int MaxSequences { get; init; } = 128;

    /// <summary>What clients have to send as bearer token; nothing lets everybody in.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The largest body of a request in bytes; larger ones are answered 413.</summary>
    [Range(1024, 1 << 30)]
    public int MaxBody { get; init; } = 4 << 20;

    /// <summary>The most connections at a time; further ones are closed.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; init; } = 512;

    /// <summary>Seconds that a request may take, waiting included; then it is answered 504.</summary>
    [Range(0.001, 1e6)]
    public double RequestTimeout { get; init; } = 600;

    /// <summary>Seconds that running requests have to finish when the server is stopped.</summary>
    [Range(0.0, 1e6)]
    public double GracePeriod { get; init; } = 30;

    /// <summary>Answers of a stream that wait in memory for a slow client at the most; beyond that the stream is cut off.</summary>
    [Range(1, 1 << 24)]
    public int StreamRoom { get; init; } = 8192;

    /// <summary>Tokens of prompts that are scored between two steps of the batch; a longer prompt is scored alone.</summary>
    [Range(1, 1 << 26)]
    public int ScoredAtATime { get; init; } = 1024;

    /// <summary>Refuses settings that mean nothing.</summary>
    /// <exception cref="InputException">The message says which.</exception>
    public void Validate()
    {
        try
        {
            Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
        }
        catch (ValidationException exception)
        {
            string name = exception.ValidationResult.MemberNames.FirstOrDefault() ?? "options";
            throw new InputException("serving options", name, exception.Message, "Give a value within these bounds.", exception);
        }
        if (ApiKey is not null && (ApiKey.Length == 0 || ApiKey.Any(c => c is <= ' ' or > '~')))
        {
            throw new InputException("serving options", nameof(ApiKey), "the API key is empty or has characters that a header cannot carry.",
                "Use letters, digits and punctuation of ASCII, without spaces.");
        }
    }
}
