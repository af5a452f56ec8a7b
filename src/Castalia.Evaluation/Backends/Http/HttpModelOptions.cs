using System.Globalization;
using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// How a server is asked: the <c>model_args</c> of the harness's <c>local-completions</c> and <c>local-chat-completions</c>, by their names and with
/// their defaults.
/// </summary>
public sealed record HttpModelOptions
{
    private const int MostConcurrent = 1024;

    /// <summary>Where requests are posted, path included: <c>http://127.0.0.1:8080/v1/completions</c>.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>What the server calls the model.</summary>
    public required string Model { get; init; }

    /// <summary>A folder with the model's tokenizer, or its file; null for the model's name, if that is a folder.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Whether there is a tokenizer at all: not with <c>tokenizer_backend=none</c>. Without one no log-likelihoods can be asked for.</summary>
    public bool HasTokenizer { get; init; } = true;

    /// <summary>Whether prompts are sent as token ids rather than as text.</summary>
    public bool TokenizedRequests { get; init; } = true;

    /// <summary>Requests that are under way at the same time.</summary>
    public int Concurrent { get; init; } = 1;

    /// <summary>How often a request is posted at the most.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Prompts in one request.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Most tokens of a prompt and the one token after it.</summary>
    public int MaxLength { get; init; } = 2048;

    /// <summary>Most tokens of a text where the task says nothing.</summary>
    public int MaxGenerated { get; init; } = 256;

    /// <summary>A text at which generation stops beside the task's own; null for the tokenizer's end of text.</summary>
    public string? EndString { get; init; }

    /// <summary>Headers sent instead of the authorization; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Whether the certificate of an https server is checked.</summary>
    public bool VerifyCertificate { get; init; } = true;

    /// <summary>Whether texts are encoded with the special tokens that the tokenizer puts around them.</summary>
    public bool AddBeginToken { get; init; }

    /// <summary>What a text begins with; null for the tokenizer's token of a beginning, else of an end.</summary>
    public int? PrefixToken { get; init; }

    /// <summary>The seed that every request carries.</summary>
    public long Seed { get; init; } = 1234;

    /// <summary>Sent as bearer token; never written anywhere. Null for the environment's OPENAI_API_KEY.</summary>
    internal string? ApiKey { get; init; }

    /// <summary>The shortest wait before another attempt; it doubles, up to ten times as much.</summary>
    internal TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What carries requests; null for the network.</summary>
    internal HttpMessageHandler? Handler { get; init; }

    /// <summary>Reads the arguments by their names in the harness.</summary>
    /// <param name="arguments">Names and values: texts as they stand on a command line, or Python's values.</param>
    /// <exception cref="InputException">A name is not known, or a value is not what it has to be.</exception>
    public static HttpModelOptions Parse(IReadOnlyDictionary<string, object?> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (!arguments.ContainsKey("base_url"))
            throw Wrong("base_url", "the server's address is missing.", "Add base_url=http://HOST:PORT/v1/completions (or /v1/chat/completions).");
        if (!arguments.ContainsKey("model") && !arguments.ContainsKey("pretrained"))
            throw Wrong("model", "the model's name is missing.", "Add model=NAME as the server calls it.");
        var options = new HttpModelOptions { BaseUrl = Url(arguments["base_url"]), Model = Text("model", arguments.GetValueOrDefault("model") ?? arguments.GetValueOrDefault("pretrained")) };
        foreach ((string name, object? value) in arguments)
        {
            options = name switch
            {
                "base_url" or "model" or "pretrained" => options,
                "tokenizer" => options with { Tokenizer = value is null or "None" ? null : Text(name, value) },
                "tokenizer_backend" => options with { HasTokenizer = Backend(value) },
                "tokenized_requests" => options with { TokenizedRequests = Truth(name, value) },
                "num_concurrent" => options with { Concurrent = Number(name, value, 1, MostConcurrent) },
                "max_retries" => options with { MaxRetries = Number(name, value, 1, 1000) },
                "timeout" => options with { Timeout = TimeSpan.FromSeconds(Number(name, value, 1, 1_000_000)) },
                "batch_size" => options with { BatchSize = value is string text && text.StartsWith("auto", StringComparison.Ordinal) ? 1 : Number(name, value, 1, 100_000) },
                "max_length" => options with { MaxLength = Number(name, value, 3, int.MaxValue) },
                "max_gen_toks" => options with { MaxGenerated = Number(name, value, 1, int.MaxValue) },
                "eos_string" => options with { EndString = value is null or "None" or "" ? null : Text(name, value) },
                "header" => options with { Headers = Mapping(name, value) },
                "verify_certificate" => options with { VerifyCertificate = Truth(name, value) },
                "add_bos_token" => options with { AddBeginToken = Truth(name, value) },
                "custom_prefix_token_id" => options with { PrefixToken = value is null or "None" ? null : Number(name, value, 0, int.MaxValue) },
                "seed" => options with { Seed = Number(name, value, int.MinValue, int.MaxValue) },
                _ => throw Wrong(name, "there is no such argument.", NameSuggestion.Remedy(name,
                [
                    "base_url", "model", "tokenizer", "tokenizer_backend", "tokenized_requests", "num_concurrent", "max_retries", "timeout", "batch_size", "max_length",
                    "max_gen_toks", "eos_string", "header", "verify_certificate", "add_bos_token", "custom_prefix_token_id", "seed",
                ])),
            };
        }
        return options;
    }

    private static Uri Url(object? value) => Uri.TryCreate(Text("base_url", value), UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
        ? url : throw Wrong("base_url", "expected an address that begins with http:// or https://.", "Give one such as http://127.0.0.1:8080/v1/completions.");

    private static bool Backend(object? value) => value switch
    {
        null or "none" or "None" => false,
        "huggingface" or "auto" => true,
        _ => throw Wrong("tokenizer_backend", $"expected 'huggingface' or 'none', found {PythonText.Repr(value)}.",
            "Give the tokenizer's folder with tokenizer=FOLDER, or tokenizer_backend=none for tasks that only generate texts."),
    };

    private static string Text(string name, object? value) => value is null ? throw Wrong(name, "expected a text.", "Give one.") : PythonText.Str(value);

    private static bool Truth(string name, object? value) => value switch
    {
        bool truth => truth,
        "true" or "True" or 1L => true,
        "false" or "False" or 0L => false,
        _ => throw Wrong(name, $"expected true or false, found {PythonText.Repr(value)}.", "Give one of them."),
    };

    private static int Number(string name, object? value, int least, int most) =>
        int.TryParse(value is null ? "" : PythonText.Str(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"expected a whole number from {least} to {most}, found {PythonText.Repr(value)}."), "Give one.");

    // What a header says may be a secret: errors do not repeat it.
    private static Dictionary<string, string> Mapping(string name, object? value)
    {
        try
        {
            if (value is string json)
            {
                using JsonDocument parsed = JsonDocument.Parse(json);
                value = PythonJson.FromElement(parsed.RootElement);
            }
            if (value is Row row && row.Values.All(one => one is string))
                return row.ToDictionary(pair => pair.Key, pair => (string)pair.Value!, StringComparer.Ordinal);
        }
        catch (Exception error) when (error is JsonException or PythonException or InvalidOperationException)
        {
        }
        throw Wrong(name, "expected an object of texts.", "Give JSON, such as {\"Authorization\": \"Bearer ...\"}.");
    }

    private static InputException Wrong(string name, string problem, string remedy) => new("model_args", name, problem, remedy);
}
