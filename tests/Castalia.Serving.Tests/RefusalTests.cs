using System.Net;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Castalia.Serving.Tests;

/// <summary>Requests that are not what they have to be.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("", null, "invalid_json")]
    [InlineData("{", null, "invalid_json")]
    [InlineData("nonsense", null, "invalid_json")]
    [InlineData("{\"prompt\": \"a\"} trailing", null, "invalid_json")]
    [InlineData("{\"prompt\": \"a\", \"prompt\": \"b\"}", null, "invalid_json")]
    [InlineData("[]", null, null)]
    [InlineData("null", null, null)]
    [InlineData("\"text\"", null, null)]
    [InlineData("{\"prompt\": {}}", "prompt", "invalid_type")]
    [InlineData("{\"prompt\": []}", "prompt", "invalid_type")]
    [InlineData("{\"prompt\": [[]]}", "prompt[0]", null)]
    [InlineData("{\"prompt\": [\"a\", 1]}", "prompt[1]", "invalid_type")]
    [InlineData("{\"prompt\": [1, \"a\"]}", "prompt[1]", "invalid_type")]
    [InlineData("{\"prompt\": [1, 2.5]}", "prompt[1]", "invalid_type")]
    [InlineData("{\"prompt\": [320]}", "prompt[0]", null)]
    [InlineData("{\"prompt\": [-1]}", "prompt[0]", null)]
    [InlineData("{\"prompt\": [99999999999999999999]}", "prompt[0]", "invalid_type")]
    [InlineData("{\"prompt\": \"\\ud800\"}", "prompt", "invalid_unicode")]
    [InlineData("{\"\\ud800\": 1}", null, "invalid_unicode")]
    [InlineData("{\"prompt\": \"a\", \"max_tokens\": 0}", "max_tokens", null)]
    [InlineData("{\"prompt\": \"a\", \"max_tokens\": -1}", "max_tokens", null)]
    [InlineData("{\"prompt\": \"a\", \"max_tokens\": 1.5}", "max_tokens", "invalid_type")]
    [InlineData("{\"prompt\": \"a\", \"max_tokens\": \"9\"}", "max_tokens", "invalid_type")]
    [InlineData("{\"prompt\": \"a\", \"max_tokens\": 512}", "max_tokens", "context_length_exceeded")]
    [InlineData("{\"prompt\": \"a\", \"temperature\": -0.1}", "temperature", null)]
    [InlineData("{\"prompt\": \"a\", \"temperature\": 1e999}", "temperature", null)]
    [InlineData("{\"prompt\": \"a\", \"temperature\": 1e-40}", null, null)]
    [InlineData("{\"prompt\": \"a\", \"top_p\": 0}", "top_p", null)]
    [InlineData("{\"prompt\": \"a\", \"top_p\": 1.1}", "top_p", null)]
    [InlineData("{\"prompt\": \"a\", \"top_k\": -2}", "top_k", null)]
    [InlineData("{\"prompt\": \"a\", \"min_p\": 2}", "min_p", null)]
    [InlineData("{\"prompt\": \"a\", \"typical_p\": 0}", "typical_p", null)]
    [InlineData("{\"prompt\": \"a\", \"repetition_penalty\": 0}", "repetition_penalty", null)]
    [InlineData("{\"prompt\": \"a\", \"presence_penalty\": 1}", "presence_penalty", "unsupported_parameter")]
    [InlineData("{\"prompt\": \"a\", \"frequency_penalty\": 3}", "frequency_penalty", null)]
    [InlineData("{\"prompt\": \"a\", \"logit_bias\": {\"5\": 1}}", "logit_bias", "unsupported_parameter")]
    [InlineData("{\"prompt\": \"a\", \"n\": 0}", "n", null)]
    [InlineData("{\"prompt\": \"a\", \"n\": 129}", "n", null)]
    [InlineData("{\"prompt\": [\"a\", \"b\"], \"n\": 65}", "prompt", "array_above_max_length")]
    [InlineData("{\"prompt\": \"a\", \"n\": 3, \"best_of\": 2}", "best_of", null)]
    [InlineData("{\"prompt\": \"a\", \"best_of\": 2, \"stream\": true}", "best_of", null)]
    [InlineData("{\"prompt\": \"a\", \"logprobs\": 21}", "logprobs", null)]
    [InlineData("{\"prompt\": \"a\", \"logprobs\": true}", "logprobs", "invalid_type")]
    [InlineData("{\"prompt\": \"a\", \"echo\": 1}", "echo", "invalid_type")]
    [InlineData("{\"prompt\": \"a\", \"seed\": 1.5}", "seed", "invalid_type")]
    [InlineData("{\"prompt\": \"a\", \"stop\": \"\"}", "stop", null)]
    [InlineData("{\"prompt\": \"a\", \"stop\": [1]}", "stop[0]", "invalid_type")]
    [InlineData("{\"prompt\": \"a\", \"stop\": {\"a\": 1}}", "stop", "invalid_type")]
    [InlineData("{\"prompt\": \"a\", \"stop_token_ids\": [320]}", "stop_token_ids[0]", null)]
    [InlineData("{\"prompt\": \"a\", \"suffix\": \"b\"}", "suffix", "unsupported_parameter")]
    [InlineData("{\"prompt\": \"a\", \"stream_options\": {}}", "stream_options", null)]
    [InlineData("{\"prompt\": \"a\", \"stream\": true, \"stream_options\": {\"more\": 1}}", "stream_options.more", "unknown_parameter")]
    [InlineData("{\"prompt\": \"a\", \"temprature\": 1}", "temprature", "unknown_parameter")]
    public async Task A_wrong_field_is_named(string request, string? param, string? code)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement error = await server.RefusedAsync(HttpStatusCode.BadRequest, "/v1/completions", request);
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Equal(code, error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_misspelt_field_is_told_its_right_name()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        JsonElement error = await server.RefusedAsync(HttpStatusCode.BadRequest, "/v1/completions", """{"prompt": "a", "max_token": 1}""");
        Assert.Contains("'max_tokens'", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_models_name_is_not_answered()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal("model_not_found", (await server.RefusedAsync(HttpStatusCode.NotFound, "/v1/completions", """{"model": "gpt-4", "prompt": "a"}""")).GetProperty("code").GetString());
        using HttpResponseMessage one = await server.Client.GetAsync("/v1/models/fake"), other = await server.Client.GetAsync("/v1/models/gpt-4");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (one.StatusCode, other.StatusCode));
        JsonElement list = JsonDocument.Parse(await server.Client.GetStringAsync("/v1/models")).RootElement;
        Assert.Equal(("list", "fake", 512), (list.GetProperty("object").GetString(), list.GetProperty("data")[0].GetProperty("id").GetString(), list.GetProperty("data")[0].GetProperty("max_model_len").GetInt32()));
    }

    [Fact]
    public async Task Deep_and_wide_bodies_are_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string deep = string.Concat(Enumerable.Repeat("[", 100_000)), wide = "[" + string.Concat(Enumerable.Repeat("1,", 200_000)) + "1]";
        await server.RefusedAsync(HttpStatusCode.BadRequest, "/v1/completions", $$"""{"prompt": {{deep}}""");
        Assert.Equal("context_length_exceeded", (await server.RefusedAsync(HttpStatusCode.BadRequest, "/v1/completions", $$"""{"prompt": {{wide}}}""")).GetProperty("code").GetString());
        await server.RefusedAsync(HttpStatusCode.BadRequest, "/v1/completions", $$"""{"prompt": [{{string.Concat(Enumerable.Repeat("\"a\",", 200_000))}}"a"]}""");
        await server.RefusedAsync(HttpStatusCode.BadRequest, "/v1/completions", $$"""{"prompt": "a", "stop": [{{string.Concat(Enumerable.Repeat("\"a\",", 100))}}"a"]}""");
        await server.RefusedAsync(HttpStatusCode.BadRequest, "/v1/completions", $$"""{"prompt": "a", "stop": "{{new string('x', 2000)}}"}""");
        await server.RefusedAsync(HttpStatusCode.BadRequest, "/v1/completions", $$"""{"prompt": "a", "{{new string('x', 100_000)}}": 1}""");
        await server.RefusedAsync(HttpStatusCode.BadRequest, "/v1/completions", $$"""{"prompt": "{{new string('x', 100_000)}}"}""");
    }

    [Fact]
    public async Task A_body_above_the_limit_is_413_with_a_length_and_without()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { MaxBody = 4096 });
        string large = $$"""{"prompt": "{{new string('x', 5000)}}"}""";
        await server.RefusedAsync(HttpStatusCode.RequestEntityTooLarge, "/v1/completions", large);
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = RunningServer.Json(large) };
        chunked.Headers.TransferEncodingChunked = true;
        using HttpResponseMessage response = await server.Client.SendAsync(chunked);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("request_too_large", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await server.CompleteAsync(new { prompt = "still here" });
    }

    [Fact]
    public async Task Other_paths_methods_and_types_are_refused_in_the_same_form()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await server.RefusedAsync(HttpStatusCode.NotFound, "/v1/embeddings", "{}");
        await server.RefusedAsync(HttpStatusCode.MethodNotAllowed, "/v1/models", "{}");
        using HttpResponseMessage get = await server.Client.GetAsync("/v1/completions");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
        Assert.Equal("POST", string.Join(", ", get.Content.Headers.Allow));
        using HttpResponseMessage form = await server.Client.PostAsync("/v1/completions", new StringContent("""{"prompt": "a"}""", Encoding.UTF8, "text/plain"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, form.StatusCode);
        var compressed = RunningServer.Json("""{"prompt": "a"}""");
        compressed.Headers.ContentEncoding.Add("gzip");
        using HttpResponseMessage gzip = await server.Client.PostAsync("/v1/completions", compressed);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, gzip.StatusCode);
    }

    [Fact]
    public async Task A_key_is_asked_for_everywhere_but_at_the_health()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { ApiKey = "open-sesame" });
        Assert.Equal("invalid_api_key", (await server.RefusedAsync(HttpStatusCode.Unauthorized, "/v1/completions", """{"prompt": "a"}""")).GetProperty("code").GetString());
        foreach ((string path, string? key, HttpStatusCode expected) in new (string, string?, HttpStatusCode)[]
        {
            ("/health", null, HttpStatusCode.OK), ("/ready", null, HttpStatusCode.OK), ("/metrics", null, HttpStatusCode.Unauthorized), ("/v1/models", null, HttpStatusCode.Unauthorized),
            ("/v1/models", "Bearer open-sesam", HttpStatusCode.Unauthorized), ("/v1/models", "Bearer open-sesame2", HttpStatusCode.Unauthorized), ("/v1/models", "Bearer ", HttpStatusCode.Unauthorized),
            ("/v1/models", "Basic open-sesame", HttpStatusCode.Unauthorized), ("/v1/models", "Bearer open-sesame", HttpStatusCode.OK), ("/metrics", "bearer open-sesame", HttpStatusCode.OK),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (key is not null)
                request.Headers.TryAddWithoutValidation("Authorization", key);
            using HttpResponseMessage response = await server.Client.SendAsync(request);
            Assert.True(expected == response.StatusCode, $"{path} with {key}: {response.StatusCode}");
        }
    }

    [Fact]
    public async Task On_loopback_no_other_hosts_name_is_answered()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        foreach ((string host, HttpStatusCode expected) in new[] { ("evil.example", HttpStatusCode.MisdirectedRequest), ("localhost", HttpStatusCode.OK), ("127.0.0.1:8080", HttpStatusCode.OK), ("[::1]", HttpStatusCode.OK) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { Host = host } };
            using HttpResponseMessage response = await server.Client.SendAsync(request);
            Assert.Equal(expected, response.StatusCode);
        }
    }

    /// <summary>Whatever is sent, the answer is a refusal or an answer, never a failure, and the server goes on.</summary>
    [Fact]
    public async Task Thousands_of_malformed_bodies_do_no_harm()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServingOptions { Context = 64 });
        string[] seeds =
        [
            """{"model": "fake", "prompt": ["abc", "de"], "max_tokens": 4, "temperature": 0.5, "top_p": 0.9, "n": 2, "logprobs": 1, "echo": true, "stop": ["x", "y"], "seed": 1}""",
            """{"model": "fake", "prompt": [[1, 2, 3], [4]], "max_tokens": 2, "stream": true, "stream_options": {"include_usage": true}}""",
            """{"messages": [{"role": "user", "content": [{"type": "text", "text": "hé"}]}], "max_tokens": 3, "logprobs": true, "top_logprobs": 2, "logit_bias": {}}""",
        ];
        string[] pieces = ["{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "1e400", "99999999999", "\\u0000", "\\ud83d", "\u0000", "é", "🙂", "\"n\"", "\"prompt\"", "0.1", "[[[[", "\\"];
        Gen<byte[]> mutated = Gen.Select(Gen.Int[0, seeds.Length - 1], Gen.Select(Gen.Int[0, 400], Gen.Int[0, 3], Gen.Int[0, pieces.Length - 1], Gen.Byte).Array[0, 4], (seed, edits) =>
        {
            var bytes = new List<byte>(Encoding.UTF8.GetBytes(seeds[seed]));
            foreach ((int at, int cut, int piece, byte value) in edits)
            {
                int place = Math.Min(at, bytes.Count), length = Math.Min(cut, bytes.Count - place);
                bytes.RemoveRange(place, length);
                bytes.InsertRange(place, value < 64 ? [value] : Encoding.UTF8.GetBytes(pieces[piece]));
            }
            return bytes.ToArray();
        });
        int answered = 0, refused = 0;
        mutated.Sample(
            body =>
            {
                foreach (string path in (string[])["/v1/completions", "/v1/chat/completions"])
                {
                    using var content = new ByteArrayContent(body);
                    content.Headers.ContentType = new("application/json");
                    using HttpResponseMessage response = server.Client.PostAsync(path, content).GetAwaiter().GetResult();
                    int status = (int)response.StatusCode;
                    _ = status == 200 ? Interlocked.Increment(ref answered) : Interlocked.Increment(ref refused);
                    Assert.True(status is 200 or 400 or 404, $"{status} for {Encoding.UTF8.GetString(body)}");
                    if (status != 200)
                        Assert.Equal(JsonValueKind.String, JsonDocument.Parse(response.Content.ReadAsStringAsync().GetAwaiter().GetResult()).RootElement.GetProperty("error").GetProperty("message").ValueKind);
                }
            },
            seed: "0000castalia", iter: 5000, threads: 4);
        Assert.True(answered > 20 && refused > 1000, $"{answered} answered, {refused} refused");
        await server.UntilAsync("castalia_active_sequences", 0);
        await server.CompleteAsync(new { prompt = "still here" });
    }
}
