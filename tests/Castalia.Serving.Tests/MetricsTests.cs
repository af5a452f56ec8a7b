using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Castalia.Serving.Tests;

/// <summary><c>/metrics</c> in Prometheus' text format.</summary>
public sealed partial class MetricsTests
{
    [Fact]
    public async Task Metrics_parse_and_add_up()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Slots = 4 });
        await server.CompleteAsync(new { prompt = "abc", max_tokens = 10, n = 2 });
        await server.CompleteAsync(new { prompt = new[] { "de", "f" }, max_tokens = 0, echo = true, logprobs = 1 });
        await server.RefusedAsync(HttpStatusCode.BadRequest, "/v1/completions", "{");
        await server.RefusedAsync(HttpStatusCode.NotFound, "/some/where", "{}");
        // A request is counted when its answer is out.
        foreach ((string labels, int count) in new[] { ("endpoint=\"/v1/completions\",status=\"200\"", 2), ("endpoint=\"/v1/completions\",status=\"400\"", 1), ("endpoint=\"other\",status=\"404\"", 1) })
            await server.UntilAsync($"castalia_requests_total{{{labels}}}", count);
        await server.UntilAsync("castalia_active_sequences", 0);
        using HttpResponseMessage response = await server.Client.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Dictionary<string, double> samples = Parse(await response.Content.ReadAsStringAsync());

        Assert.Equal(4, samples["castalia_slots"]);
        Assert.Equal(0, samples["castalia_queue_length"]);
        Assert.Equal(0, samples["castalia_active_sequences"]);
        Assert.Equal(9, samples["castalia_prompt_tokens_total"]); // abc twice, de, f
        Assert.Equal(20, samples["castalia_generated_tokens_total"]);
        Assert.Equal(2, samples["castalia_request_duration_seconds_count"]);
        Assert.Equal(1, samples["castalia_time_to_first_token_seconds_count"]);
        Assert.Equal(20, samples["castalia_batch_size_sum"]);
        foreach (string histogram in (string[])["castalia_batch_size", "castalia_request_duration_seconds", "castalia_time_to_first_token_seconds"])
        {
            double[] buckets = [.. samples.Where(sample => sample.Key.StartsWith(histogram + "_bucket", StringComparison.Ordinal)).Select(sample => sample.Value)];
            Assert.Equal(buckets.Order(), buckets);
            Assert.Equal(samples[histogram + "_count"], buckets[^1]);
        }
    }

    /// <summary>Reads the format strictly: each sample's name is declared by HELP and TYPE before it, once.</summary>
    private static Dictionary<string, double> Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var samples = new Dictionary<string, double>();
        string? helped = null, declared = null, type = null;
        var seen = new HashSet<string>();
        foreach (string line in text[..^1].Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                helped = line.Split(' ')[2];
                Assert.True(seen.Add(helped));
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                (declared, type) = (line.Split(' ')[2], line.Split(' ')[3]);
                Assert.Equal(helped, declared);
                Assert.Contains(type, (string[])["counter", "gauge", "histogram"]);
            }
            else
            {
                Match sample = Sample().Match(line);
                Assert.True(sample.Success, line);
                string name = sample.Groups["name"].Value;
                Assert.True(type == "histogram" ? name.StartsWith(declared + "_", StringComparison.Ordinal) : name == declared, line);
                samples.Add(sample.Groups["name"].Value + sample.Groups["labels"].Value, double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture));
            }
        }
        return samples;
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<labels>\{[a-z]+="[^"\\\n]*"(,[a-z]+="[^"\\\n]*")*\})? (?<value>[-+0-9.eE]+)$""")]
    private static partial Regex Sample();
}
