using Castalia.Testing;
using Castalia.Text;
using Castalia.Text.Chat;

namespace Castalia.Models.Tests.Generation;

public sealed class TextGeneratorTests
{
    private static readonly GenerationOptions Ten = new() { MaxNewTokens = 10, StopTokens = [] };

    [Fact]
    public void Text_is_that_of_the_tokens_of_the_generator()
    {
        using TextGenerator generator = Make();
        int[][] prompts = [generator.Encode("the user"), generator.Encode("and")];
        IReadOnlyList<int[]> tokens = new Generator(generator.Model).Generate(prompts, Ten);
        var streamed = new string[] { "", "" };
        IReadOnlyList<TextResult> results = generator.Generate(prompts, Ten with { LogProbabilities = 3 }, (row, piece) => streamed[row] += piece.Text);
        for (int row = 0; row < 2; row++)
        {
            Assert.Equal(generator.Tokenizer.Decode(tokens[row], skipSpecialTokens: true), results[row].Text);
            Assert.Equal(results[row].Text, streamed[row]);
            Assert.Equal(tokens[row], results[row].Tokens.Select(token => token.Id));
            Assert.All(results[row].Tokens, token => Assert.Equal(token.LogProbability, token.Top[0].LogProbability)); // greedy
            Assert.Equal((prompts[row].Length, 10, FinishReason.Length), (results[row].PromptTokens, results[row].NewTokens, results[row].Finish));
        }
    }

    [Fact]
    public void A_stop_string_ends_one_prompt_and_not_the_other()
    {
        using TextGenerator generator = Make();
        int[][] prompts = [generator.Encode("the user"), generator.Encode("and")];
        string[] whole = [.. generator.Generate(prompts, Ten).Select(result => result.Text)];
        string stop = whole[0][4..6];
        Assert.DoesNotContain(stop, whole[1], StringComparison.Ordinal);
        IReadOnlyList<TextResult> results = generator.Generate(prompts, Ten with { StopStrings = [stop] });
        Assert.Equal(whole[0][..whole[0].IndexOf(stop, StringComparison.Ordinal)], results[0].Text);
        Assert.Equal((FinishReason.Stop, stop), (results[0].Finish, results[0].StopString));
        Assert.Equal((whole[1], FinishReason.Length), (results[1].Text, results[1].Finish));
        Assert.True(results[0].NewTokens < 10);
    }

    [Fact]
    public void A_stop_string_that_is_a_special_token_ends_a_text_as_the_token_does()
    {
        using TextGenerator generator = Make();
        Assert.Equal([5, 0], generator.WithStopTokens(Ten with { StopTokens = [5], StopStrings = ["<|endoftext|>", "the"] }).StopTokens);
        Assert.Equal([], generator.WithStopTokens(Ten with { StopStrings = ["the"] }).StopTokens);
        Assert.Equal(generator.StopTokens, generator.WithStopTokens(Ten with { StopTokens = null }).StopTokens);
    }

    [Fact]
    public void Beams_give_text_too()
    {
        using TextGenerator generator = Make();
        int[] prompt = generator.Encode("the user");
        GenerationOptions beams = Ten with { NumBeams = 3 };
        int[] best = [.. new Generator(generator.Model).Search(prompt, beams)[0].Tokens];
        Assert.Equal(generator.Tokenizer.Decode(best, skipSpecialTokens: true), generator.Generate([prompt], beams)[0].Text);
    }

    [Fact]
    public void The_folder_names_the_tokens_that_end_a_text()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in (string[])["config.json", "model.safetensors"])
            File.Copy(Path.Combine(GoldenModel.Folder("gpt_neox_parallel"), file), Path.Combine(folder.Path, file));
        SmallTokenizers.ByteLevel.Save(Path.Combine(folder.Path, "tokenizer.json"));
        int[] tokens;
        using (TextGenerator generator = TextGenerator.Load(folder.Path))
        {
            Assert.Equal([0], generator.StopTokens);
            tokens = new Generator(generator.Model).Generate(generator.Encode("the"), Ten);
        }
        File.WriteAllText(Path.Combine(folder.Path, "generation_config.json"), $$"""{"eos_token_id": [319, {{tokens[4]}}]}""");
        using (TextGenerator generator = TextGenerator.Load(folder.Path))
        {
            Assert.Equal([319, tokens[4], 0], generator.StopTokens);
            TextResult result = generator.Generate([generator.Encode("the")], Ten with { StopTokens = null })[0];
            Assert.Equal(FinishReason.Stop, result.Finish);
            Assert.Equal(Array.IndexOf(tokens, tokens[4]) + 1, result.NewTokens);
        }
    }

    [Fact]
    public void Beyond_what_it_was_trained_for_a_model_with_rotary_positions_goes_on_with_a_warning_and_one_with_learned_ones_refuses()
    {
        var warnings = new List<string>();
        using (Transformer rotary = GoldenModel.Load("gpt_neox_parallel"))
        {
            Assert.Equal(70, new Generator(rotary) { Warning = warnings.Add }.Generate([1], Ten with { MaxNewTokens = 70 }).Length);
            Assert.Contains("64", Assert.Single(warnings), StringComparison.Ordinal);
            new Generator(rotary) { Warning = warnings.Add }.Generate([1], Ten);
            Assert.Single(warnings);
        }
        using Transformer learned = GoldenModel.Load("gpt2");
        Assert.Equal(63, new Generator(learned).Generate([1], Ten with { MaxNewTokens = 63 }).Length);
        Assert.Contains("64 positions", Assert.Throws<ArgumentException>(() => new Generator(learned).Generate([1], Ten with { MaxNewTokens = 64 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_conversation_goes_on_from_what_was_computed()
    {
        using var folder = new TemporaryFolder();
        using TextGenerator generator = Make();
        ChatTemplate template = ChatTemplate.Parse("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}", "t");
        using var conversation = new Conversation(generator, template, 400) { System = "the end" };
        string first = Say(conversation, "user"), second = Say(conversation, "and");
        Assert.Equal(["system", "user", "assistant", "user", "assistant"], conversation.Messages.Select(message => message.Role));
        Assert.Equal(first, conversation.Messages[2].Content);

        int[] prompt = generator.Encode(template, [.. conversation.Messages.Take(4)]);
        Assert.Equal(generator.Generate([prompt], Ten)[0].Text, second);
        Assert.True(conversation.ReusedTokens > generator.Tokenizer.Encode("system: the end\nuser: user\n").Length, $"{conversation.ReusedTokens} tokens were used again");

        conversation.Reset();
        Assert.Equal(first, Say(conversation, "user"));
        Assert.Equal(3, conversation.Messages.Count);
        conversation.System = null;
        Assert.Empty(conversation.Messages);
    }

    [Fact]
    public void What_was_said_when_it_was_stopped_stays_said_and_a_conversation_that_is_too_long_is_refused()
    {
        using TextGenerator generator = Make();
        ChatTemplate template = ChatTemplate.Parse("{% for m in messages %}{{ m.content }}{% endfor %}", "t");
        using var conversation = new Conversation(generator, template, 60);
        using var stop = new CancellationTokenSource();
        string said = "";
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (TextPiece piece in conversation.Answer("the user", Ten, stop.Token))
            {
                said += piece.Text;
                if (said.Length > 1)
                    stop.Cancel();
            }
        });
        Assert.Equal([new ChatMessage("user", "the user"), new ChatMessage("assistant", said)], conversation.Messages);
        Assert.Contains("60", Assert.Throws<InputException>(() => conversation.Answer(new string('x', 100), Ten)).Message, StringComparison.Ordinal);
        Assert.Equal(2, conversation.Messages.Count);
    }

    [Theory]
    [InlineData("one\n{\"prompt\": \"two\\n\"}\n\n\"three\"\n{\"text\": \"four\", \"id\": 4}\n five", new[] { "one", "two\n", "three", "four", " five" })]
    public void Prompts_are_read_a_line_at_a_time(string text, string[] expected) => Assert.Equal(expected, PromptFile.Read(new StringReader(text), "f"));

    [Theory]
    [InlineData("", "no prompt")]
    [InlineData("a\n{\"x\": 1}", "line 2")]
    [InlineData("{\"prompt\": 5}", "no text")]
    [InlineData("{\"prompt\": ", "line 1")]
    public void What_is_no_prompt_is_named(string text, string says) =>
        Assert.Contains(says, Assert.Throws<InputException>(() => PromptFile.Read(new StringReader(text), "f")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_tokenizer_with_more_ids_than_the_model_is_refused()
    {
        Tokenizer large = TokenizerTrainer.Train(["abc"], new TrainerOptions { VocabularySize = 400, SpecialTokens = [.. Enumerable.Range(0, 100).Select(i => $"<{i}>")] }).ToTokenizer();
        using Transformer model = GoldenModel.Load("gpt_neox_parallel");
        Assert.Contains("358", Assert.Throws<InputException>(() => new TextGenerator(model, large, "m")).Message, StringComparison.Ordinal);
    }

    private static string Say(Conversation conversation, string text) => string.Concat(conversation.Answer(text, Ten).Select(piece => piece.Text));

    private static TextGenerator Make() => new(GoldenModel.Load("gpt_neox_parallel"), SmallTokenizers.ByteLevel, "gpt_neox_parallel");
}
