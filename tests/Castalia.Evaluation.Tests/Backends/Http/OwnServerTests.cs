using Castalia.Models;
using Castalia.Serving;
using Castalia.Testing;
using Castalia.Text.Chat;

namespace Castalia.Evaluation.Tests.Backends.Http;

/// <summary>The same model asked directly and through Castalia's own server gives the same answers.</summary>
public sealed class OwnServerTests : IDisposable
{
    private const string Template = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

    private readonly TemporaryFolder _folder = new();

    public OwnServerTests()
    {
        TinyModel.Tokenizer.Save(_folder["tokenizer.json"]);
        File.WriteAllText(_folder["chat_template.jinja"], Template);
    }

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task<ModelServer> StartAsync(Transformer transformer) => await ModelServer.StartAsync(
        new TextGenerator(transformer, TinyModel.Tokenizer, "tiny"), ChatTemplate.Parse(Template, "template"), new ServingOptions { Port = 0 }, Stop);

    private HttpModelOptions Options(ModelServer server, string path = "/v1/completions") => new()
    {
        BaseUrl = new Uri(server.Url, path),
        Model = "tiny",
        Tokenizer = _folder.Path,
        MaxLength = server.Context,
    };

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(3, 4, true)]
    [InlineData(2, 2, false)]
    public async Task Loglikelihoods_are_those_of_the_model(int batchSize, int concurrent, bool tokenized)
    {
        using Transformer transformer = TinyModel.Load();
        var direct = new TransformerLanguageModel(transformer, TinyModel.Tokenizer, "tiny");
        LoglikelihoodRequest[] requests =
        [
            new("The capital of Greece is", " Athens"), new("The capital of Greece is", " Delphi"), new("2 + 2 =", " 4"), new("", "begins"), new("a ", "b"),
            new("日本", "語"), new("line\n", "break"), .. TheModelsOwn(transformer),
        ];
        RollingRequest[] texts = [new("A text."), new(new string('x', 130)), new("")];
        // The model scores windows of 64 tokens after one more; the server needs room for a token that it is asked to add.
        var windows = new TransformerLanguageModel(transformer, TinyModel.Tokenizer, "tiny", new LanguageModelOptions { MaxLength = 62 });
        IReadOnlyList<Loglikelihood> expected = direct.Loglikelihoods(requests, null, Stop);
        IReadOnlyList<double> sums = windows.RollingLoglikelihoods(texts, null, Stop);
        Assert.Contains(expected, answer => answer.IsGreedy);

        await using ModelServer server = await StartAsync(transformer);
        using var model = new CompletionsLanguageModel(Options(server) with { BatchSize = batchSize, Concurrent = concurrent, TokenizedRequests = tokenized });
        IReadOnlyList<Loglikelihood> found = model.Loglikelihoods(requests, null, Stop);
        for (int i = 0; i < requests.Length; i++)
        {
            Assert.Equal(expected[i].Value, found[i].Value, 1e-4);
            Assert.Equal(expected[i].IsGreedy, found[i].IsGreedy);
        }
        IReadOnlyList<double> foundSums = model.RollingLoglikelihoods(texts, null, Stop);
        for (int i = 0; i < texts.Length; i++)
            Assert.Equal(sums[i], foundSums[i], 1e-3);
    }

    [Fact]
    public async Task Texts_and_chats_are_those_of_the_model()
    {
        using Transformer transformer = TinyModel.Load();
        var generator = new TextGenerator(transformer, TinyModel.Tokenizer, "tiny");
        var arguments = new OrderedDictionary<string, object?> { ["max_gen_toks"] = 8L, ["until"] = new object?[] { "\n\n" } };
        ChatMessage[] messages = [new("user", "Who?")];
        string[] expected = [.. generator.Generate([generator.Encode("Question: who?"), generator.Encode("[user]Who?[assistant]")],
            new GenerationOptions { MaxNewTokens = 8 }, cancellation: Stop).Select(result => result.Text)];

        await using ModelServer server = await StartAsync(transformer);
        using var completions = new CompletionsLanguageModel(Options(server));
        Assert.Equal(expected, completions.Generate([new("Question: who?", arguments), new(completions.Chat(null)!.Apply(messages, true), arguments)], null, Stop));
        using var chat = new ChatCompletionsLanguageModel(Options(server, "/v1/chat/completions"));
        Assert.Equal([expected[1]], chat.Generate([new(chat.Chat(null)!.Apply(messages, true), arguments)], null, Stop));
    }

    /// <summary>Continuations that the model makes itself, which are greedy.</summary>
    private static IEnumerable<LoglikelihoodRequest> TheModelsOwn(Transformer transformer)
    {
        var generator = new TextGenerator(transformer, TinyModel.Tokenizer, "tiny");
        foreach (string context in (string[])["The capital of Greece is", "a", "Q", "who", "z", "1", "yes"])
        {
            int[] made = new Generator(transformer).Generate(generator.Encode(context), new GenerationOptions { MaxNewTokens = 1, StopTokens = [] });
            // Only what is a letter of its own comes back as the same token.
            if (made[0] is > ' ' and < 127)
                yield return new LoglikelihoodRequest(context, ((char)made[0]).ToString());
        }
    }
}
