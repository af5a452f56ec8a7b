using System.Net;
using System.Text;
using Castalia.Testing;
using CsCheck;

namespace Castalia.Evaluation.Tests.Backends.Http;

/// <summary>Whatever a server sends, it is an answer or an error that a user can read.</summary>
public sealed class ServerFuzzTests : IDisposable
{
    private const string Scores =
        """{"id": "x", "choices": [{"index": 0, "text": "ab c", "logprobs": {"tokens": ["a"], "token_logprobs": [null, -1.5, -2e0, -3, -1], "top_logprobs": [null, {"b": -1.5}, {"c": -1, " ": -2}, {"\u00e9": -3}, {"x": -1}]}, "finish_reason": "length"}]}""";
    private const string Texts = """{"choices": [{"index": 0, "text": "made \"up\" \ud83d\ude00", "logprobs": null}]}""";
    private const string Chats = """{"choices": [{"index": 0, "message": {"role": "assistant", "content": "made up"}}]}""";
    private const string Errors = """{"error": {"message": "the model is gone", "type": "server_error", "param": null, "code": 500}}""";

    private readonly TemporaryFolder _folder = new();

    public ServerFuzzTests() => TinyModel.Tokenizer.Save(_folder["tokenizer.json"]);

    public void Dispose() => _folder.Dispose();

    private HttpModelOptions Options() => new()
    {
        BaseUrl = new Uri("http://127.0.0.1:1/v1/completions"),
        Model = "tiny",
        Tokenizer = _folder.Path,
        MaxRetries = 1,
        RetryDelay = TimeSpan.FromMilliseconds(1),
    };

    [Fact]
    public void Damaged_bodies_are_answers_or_errors()
    {
        using var wire = new Wire();
        using var completions = new CompletionsLanguageModel(Options() with { Handler = wire });
        using var chat = new ChatCompletionsLanguageModel(Options() with { Handler = wire });
        var none = new OrderedDictionary<string, object?>();
        byte[][] sound = [.. ((string[])[Scores, Texts, Chats, Errors]).Select(Encoding.UTF8.GetBytes)];
        byte[][] tokens = [.. ((string[])["null", "\"index\": ", "[", "{", "}", "]", "-1e999", "\\ud800", "1.5", ",", "\"choices\"", "\"error\""]).Select(Encoding.UTF8.GetBytes)];
        FuzzReport report = Fuzz.Run<InputException>(sound, tokens, bytes =>
        {
            wire.Body = bytes.Span.ToArray();
            int answers = 0;
            InputException? last = null;
            foreach (Action ask in (Action[])
            [
                () => completions.Loglikelihoods([new("ab", " c")]), () => completions.Generate([new("ab", none)]), () => chat.Generate([new("[]", none)]),
            ])
            {
                try
                {
                    ask();
                    answers++;
                }
                catch (InputException error)
                {
                    Assert.Equal("http://127.0.0.1:1/v1/completions", error.File);
                    Assert.StartsWith("request 1 of 1", error.Place, StringComparison.Ordinal);
                    Assert.True(error.Message.Length < 2000);
                    last = error;
                }
            }
            // A sound body answers one of the three questions, or is an error in itself.
            if (answers == 0 && !bytes.Span.SequenceEqual(sound[^1]))
                throw last!;
        }, inputs: Fuzz.Inputs / 10);
        Assert.InRange(report.Refused, report.Inputs / 10, report.Inputs);
    }

    [Fact]
    public void Any_bytes_on_the_wire_are_answers_or_errors()
    {
        byte[] sound = ScriptedServer.Reply(Scores);
        byte[]? next = null;
        using var server = new ScriptedServer(_ => next);
        using var model = new CompletionsLanguageModel(Options() with { BaseUrl = new Uri(server.Url) });
        Gen<byte[]> added = Gen.OneOf(Gen.Byte.Array[0, 40], Gen.Const("\r\n"u8.ToArray()), Gen.Const("Transfer-Encoding: chunked\r\n"u8.ToArray()), Gen.Const("\r\n\r\n"u8.ToArray()));
        int answers = 0, errors = 0;
        Gen.Select(Gen.Int[0, sound.Length], Gen.Int[0, 60], added).Sample((at, dropped, inserted) =>
        {
            next = [.. sound[..at], .. inserted, .. sound[Math.Min(sound.Length, at + dropped)..]];
            try
            {
                Assert.Single(model.Loglikelihoods([new("ab", " c")]));
                answers++;
            }
            catch (InputException error)
            {
                Assert.Equal(server.Url, error.File);
                errors++;
            }
        }, iter: 400, threads: 1);
        Assert.True(answers > 0 && errors > 0, $"{answers} answers, {errors} errors");
    }

    [Fact]
    public void Damaged_files_of_recorded_texts_are_read_or_refused()
    {
        byte[] sound = Encoding.UTF8.GetBytes("""{"task": "t", "doc_id": 0, "requests": [["Q", {"until": ["\n"], "temperature": 0.0}]], "resps": [["a", "b"]], "filter": "none"}""" + "\n");
        byte[][] tokens = [.. ((string[])["null", "[[", "]", "{", "}", "\n", "1e999", "\\ud800", "99999999999999999999", "\"arguments\"", "\u001f\u008b"]).Select(Encoding.Latin1.GetBytes)];
        FuzzReport report = Fuzz.Run<InputException>([sound, [.. sound, .. sound]], tokens, bytes =>
        {
            File.WriteAllBytes(_folder["texts.jsonl"], bytes.Span);
            _ = new Sha256LanguageModel(_folder["texts.jsonl"]);
        }, constant: 1 << 20, inputs: Fuzz.Inputs / 30);
        Assert.InRange(report.Refused, report.Inputs / 10, report.Inputs);
    }

    /// <summary>A network that brings one body to every request.</summary>
    private sealed class Wire : HttpMessageHandler
    {
        public byte[] Body { get; set; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(Body) });
    }
}
