using Castalia.Models;
using Castalia.Testing;
using Castalia.Text.Chat;

namespace Castalia.Evaluation.Tests.Backends;

public sealed class GenerationTests : IDisposable
{
    private readonly Transformer _transformer = TinyModel.Load();

    private static readonly string[] Contexts = ["Hello there,", "Q: which?\nA:", "Q: which?\nB:", "", new string('x', 90) + " long"];

    public void Dispose() => _transformer.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private TransformerLanguageModel Model(LanguageModelOptions? options = null) => new(_transformer, TinyModel.Tokenizer, "tiny", options);

    private static GenerationRequest Ask(string context, params (string Key, object? Value)[] arguments) =>
        new(context, arguments.Append(("max_gen_toks", 12L)).DistinctBy(pair => pair.Item1).ToDictionary(pair => pair.Item1, pair => pair.Item2));

    /// <summary>The tokens that are likeliest one after the other, each from a pass over all that comes before.</summary>
    private string Greedy(string context, int count)
    {
        int[] prompt = context.Length == 0 ? [TinyModel.EndOfText] : TinyModel.Tokenizer.Encode(context);
        int[] tokens = new Generator(_transformer).Generate(prompt[^Math.Min(prompt.Length, 64 - count)..],
            new GenerationOptions { MaxNewTokens = count, StopTokens = [TinyModel.EndOfText] }, null, Stop);
        return TinyModel.Tokenizer.Decode(tokens, skipSpecialTokens: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(null)]
    public void Answers_are_what_the_model_goes_on_with(int? textsAtATime)
    {
        var told = new Dictionary<int, string>();
        IReadOnlyList<string> answers = Model(new LanguageModelOptions { TextsAtATime = textsAtATime })
            .Generate([.. Contexts.Select(context => Ask(context))], told.Add, Stop);
        for (int i = 0; i < Contexts.Length; i++)
        {
            Assert.Equal(Greedy(Contexts[i], 12), answers[i]);
            Assert.Equal(answers[i], told[i]);
        }
    }

    [Fact]
    public void An_answer_ends_before_each_stop()
    {
        string whole = Greedy(Contexts[0], 12);
        string stop = whole.Substring(4, 2);
        IReadOnlyList<string> answers = Model().Generate([Ask(Contexts[0], ("until", stop)), Ask(Contexts[0], ("until", new object?[] { "", stop, whole[..2] }))], null, Stop);
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], answers[0]);
        Assert.Equal("", answers[1]);
    }

    [Fact]
    public void Thoughts_are_left_out()
    {
        string whole = Greedy(Contexts[0], 12);
        string answer = Model(new LanguageModelOptions { ThinkEndToken = whole[3..5] }).Generate([Ask(Contexts[0])], null, Stop)[0];
        Assert.Equal(whole[(whole.LastIndexOf(whole[3..5], StringComparison.Ordinal) + 2)..].TrimStart(), answer);
    }

    [Fact]
    public void Repeats_are_drawn_anew_and_yet_the_same_in_every_run()
    {
        GenerationRequest sampled = Ask(Contexts[0], ("temperature", 1.5));
        IReadOnlyList<string> first = Model().Generate([sampled, sampled, sampled], null, Stop);
        Assert.Equal(3, first.Distinct().Count());
        Assert.Equal(first, Model().Generate([Ask(Contexts[1]), sampled, sampled, sampled], null, Stop).Skip(1));
    }

    [Fact]
    public void Beams_are_searched()
    {
        int[] best = new Generator(_transformer).Generate(TinyModel.Tokenizer.Encode(Contexts[1]),
            new GenerationOptions { MaxNewTokens = 12, NumBeams = 3, StopTokens = [] }, null, Stop);
        string expected = TinyModel.Tokenizer.Decode(best, skipSpecialTokens: true);
        Assert.Equal(expected, Model().Generate([Ask(Contexts[1], ("num_beams", 3L))], null, Stop)[0]);
    }

    [Fact]
    public void An_answer_that_leaves_no_room_for_a_prompt_is_refused() =>
        Assert.Contains("max_gen_toks", Assert.Throws<InputException>(() => Model().Generate([Ask("a", ("max_gen_toks", 64L))], null, Stop)).Message, StringComparison.Ordinal);

    [Fact]
    public void Messages_are_written_by_the_models_template()
    {
        const string template = "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}[{{ m.role }}]{{ m.content | trim }};{% endfor %}"
            + "{% if add_generation_prompt %}[assistant]{% endif %}";
        IChatFormat chat = Model(new LanguageModelOptions { ChatTemplate = _ => ChatTemplate.Parse(template, "test") }).Chat(null)!;
        ChatMessage[] messages = [new("system", "s"), new("user", "q"), new("assistant", "The answer ")];
        Assert.Equal(template, chat.Template);
        Assert.Equal("[user]q;[assistant]", chat.Apply(messages[..2], addGenerationPrompt: true));
        Assert.Equal("[user]q;[assistant]The answer", chat.Apply(messages, addGenerationPrompt: false));
        Assert.Null(Model().Chat(null));
    }

    [Fact]
    public void A_folder_says_what_begins_and_ends_texts_and_how_messages_are_written()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer_config.json"), """
            {"eos_token": {"content": "<|endoftext|>"}, "bos_token": null,
             "chat_template": [{"name": "default", "template": "plain"}, {"name": "tools", "template": "with {{ eos_token }}"}]}
            """);
        File.WriteAllText(Path.Combine(folder.Path, "generation_config.json"), """{"eos_token_id": [256, 7]}""");
        LanguageModelOptions options = LanguageModelOptions.In(folder.Path, _transformer.Config);
        TransformerLanguageModel model = Model(options);
        Assert.Equal(TinyModel.EndOfText, model.PrefixToken);
        Assert.Equal(("<|endoftext|>", TinyModel.EndOfText), model.Description.End);
        Assert.Equal(("<|endoftext|>", TinyModel.EndOfText), model.Description.Pad);
        Assert.Null(model.Description.Begin);
        Assert.Equal(64, model.Description.MaxLength);
        Assert.Contains(7, options.StopTokens);
        Assert.Equal("plain", model.Chat(null)!.Template);
        Assert.Equal("with <|endoftext|>", model.Chat("tools")!.Apply([], addGenerationPrompt: true));
        Assert.Contains("'other'", Assert.Throws<InputException>(() => model.Chat("other")).Message, StringComparison.Ordinal);
    }
}
