using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Castalia.Serving.Metrics;

/// <summary>What the server counts, and Prometheus' text format for it (version 0.0.4).</summary>
/// <param name="slots">Sequences that the batch has room for.</param>
internal sealed class ServerMetrics(int slots)
{
    private readonly ConcurrentDictionary<(string Endpoint, int Status), Counter> _requests = new();
    private volatile int _queueLength, _activeSequences;

    /// <summary>Requests that have something not begun.</summary>
    public int QueueLength
    {
        get => _queueLength;
        set => _queueLength = value;
    }

    /// <summary>Sequences in the batch.</summary>
    public int ActiveSequences
    {
        get => _activeSequences;
        set => _activeSequences = value;
    }

    /// <summary>Tokens of prompts that the model has read.</summary>
    public Counter PromptTokens { get; } = new();

    /// <summary>Tokens that the model has made.</summary>
    public Counter GeneratedTokens { get; } = new();

    /// <summary>Sequences of a step.</summary>
    public Histogram BatchSize { get; } = new(1, 2, 4, 8, 16, 32, 64, 128);

    /// <summary>Seconds from a request's coming to its answer's end.</summary>
    public Histogram Duration { get; } = new(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600);

    /// <summary>Seconds from a request's coming to its first token.</summary>
    public Histogram TimeToFirstToken { get; } = new(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);

    /// <summary>Counts a request that is answered.</summary>
    /// <param name="endpoint">One of the server's paths, or <c>other</c>: the label must not grow with what strangers ask for.</param>
    /// <param name="status">The HTTP status; 499 where the client went away before there was one.</param>
    public void Count(string endpoint, int status) => _requests.GetOrAdd((endpoint, status), _ => new Counter()).Add(1);

    /// <summary>All of it as text.</summary>
    public string Write()
    {
        var text = new StringBuilder();
        Head("castalia_requests_total", "counter", "Requests answered, by path and HTTP status; 499: the client went away first.");
        foreach (((string endpoint, int status), Counter counter) in _requests.OrderBy(pair => pair.Key.Endpoint, StringComparer.Ordinal).ThenBy(pair => pair.Key.Status))
            text.Append(CultureInfo.InvariantCulture, $"castalia_requests_total{{endpoint=\"{endpoint}\",status=\"{status}\"}} {counter.Value}\n");
        Single("castalia_queue_length", "gauge", "Requests that have something not begun.", QueueLength);
        Single("castalia_active_sequences", "gauge", "Sequences in the batch.", ActiveSequences);
        Single("castalia_slots", "gauge", "Sequences that the batch has room for.", slots);
        Single("castalia_prompt_tokens_total", "counter", "Tokens of prompts given to the model.", PromptTokens.Value);
        Single("castalia_generated_tokens_total", "counter", "Tokens made by the model.", GeneratedTokens.Value);
        Distribution("castalia_batch_size", "Sequences of a step.", BatchSize);
        Distribution("castalia_request_duration_seconds", "Seconds from a request for tokens to the end of its answer.", Duration);
        Distribution("castalia_time_to_first_token_seconds", "Seconds from a request for tokens to its first token.", TimeToFirstToken);
        return text.ToString();

        void Head(string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

        void Single(string name, string type, string help, long value)
        {
            Head(name, type, help);
            text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
        }

        void Distribution(string name, string help, Histogram histogram)
        {
            Head(name, "histogram", help);
            histogram.Write(text, name);
        }
    }
}
