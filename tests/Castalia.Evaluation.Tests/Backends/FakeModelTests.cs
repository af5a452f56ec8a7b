using System.IO.Compression;
using System.Text.Json;
using Castalia.Testing;
using Castalia.Text.Chat;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation.Tests.Backends;

/// <summary>The two models without weights.</summary>
public sealed class FakeModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Dummy_draws_as_Python_does()
    {
        using JsonDocument vectors = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", "python_random.json")));
        double[] expected = [.. vectors.RootElement.GetProperty("random_random").GetProperty("0").EnumerateArray().Select(value => -value.GetDouble())];
        var model = new DummyLanguageModel();
        Loglikelihood[] first = [.. model.Loglikelihoods([new("a", "b"), new("a", "b")], null, Stop)];
        double[] then = [.. model.RollingLoglikelihoods([new("a"), new("b")], null, Stop)];
        Assert.Equal(expected.Take(4), [first[0].Value, first[1].Value, .. then]);
        Assert.All(first, answer => Assert.False(answer.IsGreedy));
        Assert.Equal(["lol"], model.Generate([new("a", new Dictionary<string, object?>())], null, Stop));
    }

    [Fact]
    public void Repeats_the_texts_of_a_run_of_the_reference()
    {
        string file = Fixtures.Path("eval", "golden", "gsm8k_cot_self_consistency__defaultshot.jsonl.gz");
        using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        var requests = new List<GenerationRequest>();
        var expected = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement pair = document.RootElement.GetProperty("requests")[0], answers = document.RootElement.GetProperty("resps")[0];
            if (document.RootElement.GetProperty("filter").GetString() != "maj@8")
                continue;
            expected.AddRange(answers.EnumerateArray().Select(answer => answer.GetString()!));
            requests.AddRange(Enumerable.Repeat(
                new GenerationRequest(pair[0].GetString()!, (IReadOnlyDictionary<string, object?>)PythonJson.FromElement(pair[1])!), answers.GetArrayLength()));
        }
        Assert.Equal(640, requests.Count);
        var told = new string[requests.Count];
        Assert.Equal(expected, new Sha256LanguageModel(file).Generate(requests, (i, text) => told[i] = text, Stop));
        Assert.Equal(expected, told);
    }

    [Fact]
    public void Repeats_the_texts_of_a_samples_file()
    {
        const string Line = """{"doc_id": 0, "arguments": {"gen_args_0": {"arg_0": "Q", "arg_1": {"until": ["\n"], "temperature": 0.0}}}, "resps": [["an answer"]], "filter": "none"}""";
        File.WriteAllText(_folder["samples.jsonl"], Line + "\n" + Line.Replace("none", "other", StringComparison.Ordinal) + "\n");
        var model = new Sha256LanguageModel(_folder["samples.jsonl"]);
        var arguments = new OrderedDictionary<string, object?> { ["temperature"] = 0.0, ["until"] = new object?[] { "\n" } };
        Assert.Equal(["an answer"], model.Generate([new("Q", arguments)], null, Stop));
        var error = Assert.Throws<InputException>(() => model.Generate([new("R", arguments)], null, Stop));
        Assert.Contains("ends with 'R'", error.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1]", "line 1")]
    [InlineData("{\"requests\": [[\"Q\", {}]], \"resps\": [[1]]}", "line 1, field 'resps'")]
    [InlineData("\n{\"requests\": [[\"Q\"]], \"resps\": [[\"a\"]]}", "line 2, field 'requests'")]
    [InlineData("{\"requests\": [[\"Q", "line 1")]
    public void Names_the_line_that_is_wrong(string text, string place)
    {
        File.WriteAllText(_folder["samples.jsonl"], text);
        Assert.Equal(place, Assert.Throws<InputException>(() => new Sha256LanguageModel(_folder["samples.jsonl"])).Place);
    }

    [Fact]
    public void Marks_messages()
    {
        IChatFormat chat = new Sha256LanguageModel().Chat(null)!;
        ChatMessage[] asked = [new("system", "s"), new("user", "q")], begun = [.. asked, new("assistant", "a")];
        Assert.Equal("<|system|>\ns<|end|>\n<|user|>\nq<|end|>\n<|assistant|>\n", chat.Apply(asked, true));
        Assert.Equal("<|system|>\ns<|end|>\n<|user|>\nq<|end|>\n<|assistant|>\na", chat.Apply(begun, false));
        Assert.Equal(chat.Apply(begun, true), ChatTemplate.Parse(chat.Template, "fake").Render(begun, true));
        Assert.Equal(chat.Apply(begun, false), ChatTemplate.Parse(chat.Template, "fake").Render(begun, false));
    }
}
