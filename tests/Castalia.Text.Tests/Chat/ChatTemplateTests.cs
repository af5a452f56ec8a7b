using System.Text.Json;
using Castalia.Testing;
using Castalia.Text.Chat;

namespace Castalia.Text.Tests.Chat;

public sealed class ChatTemplateTests
{
    private static readonly Dictionary<string, string> Special = new() { ["bos_token"] = "<s>", ["eos_token"] = "</s>" };

    private static readonly ChatMessage[] Two = [new("system", "Be brief."), new("user", "Hello")];

    public static TheoryData<int> Goldens => [.. Enumerable.Range(0, Vectors().Length)];

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Renders_what_the_reference_renders(int index)
    {
        Golden golden = Vectors()[index];
        ChatTemplate template = ChatTemplate.Parse(File.ReadAllText(Fixtures.Path("chat", golden.Template)), golden.Template, Special, clock: new MarchClock());
        if (golden.Refusal is null)
            Assert.Equal(golden.Text, template.Render(golden.Messages, golden.AddGenerationPrompt));
        else
            Assert.Contains(golden.Refusal, Assert.Throws<InputException>(() => template.Render(golden.Messages, golden.AddGenerationPrompt)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_holds_it_in_a_file_of_its_own_or_in_the_tokenizers_configuration()
    {
        using var folder = new TemporaryFolder();
        string config = Path.Combine(folder.Path, "tokenizer_config.json");
        InputException missing = Assert.Throws<InputException>(() => ChatTemplate.Load(folder.Path));
        Assert.Contains("--template FILE", missing.Remedy, StringComparison.Ordinal);
        Assert.Contains("--template plain", missing.Remedy, StringComparison.Ordinal);

        File.WriteAllText(config, """{"bos_token": {"content": "<b>", "lstrip": false}, "chat_template": "{{ bos_token }}{{ messages[1].content }}"}""");
        Assert.Equal("<b>Hello", ChatTemplate.Load(folder.Path).Render(Two));

        File.WriteAllText(config, """{"eos_token": "<e>", "chat_template": [{"name": "tool_use", "template": "no"}, {"name": "default", "template": "{{ messages | length }}{{ eos_token }}"}]}""");
        Assert.Equal("2<e>", ChatTemplate.Load(folder.Path).Render(Two));

        File.WriteAllText(Path.Combine(folder.Path, "chat_template.jinja"), "own {{ eos_token }}\n");
        Assert.Equal("own <e>", ChatTemplate.Load(folder.Path).Render(Two));

        string given = Path.Combine(folder.Path, "given.txt");
        File.WriteAllText(given, "given{% if add_generation_prompt %}!{% endif %}");
        Assert.Equal("given!", ChatTemplate.Load(folder.Path, given).Render(Two));
        Assert.Equal("given", ChatTemplate.Load(folder.Path, given).Render(Two, addGenerationPrompt: false));
    }

    [Fact]
    public void The_plain_template_writes_turns_as_words_and_ends_an_answer_before_the_next_turn()
    {
        using var folder = new TemporaryFolder();
        ChatTemplate plain = ChatTemplate.Load(folder.Path, "plain");
        Assert.Equal("Be brief.\n\nUser: Hello\nAssistant:", plain.Render(Two));
        Assert.Equal("User: a\nAssistant: b\nUser: c\n", plain.Render([new("user", " a\n"), new("assistant", " b"), new("user", "c")], addGenerationPrompt: false));
        Assert.Contains("\nUser:", plain.StopStrings);
    }

    [Theory]
    [InlineData("""{"chat_template": 5}""", "chat_template")]
    [InlineData("""{"chat_template": [{"name": "a", "template": "x"}, {"name": "b", "template": "y"}]}""", "default")]
    [InlineData("""{"chat_template": [{"name": "a"}]}""", "'template'")]
    [InlineData("""{"chat_template": "{% for %}"}""", "line 1")]
    [InlineData("""{"chat_template": """, "JSON")]
    [InlineData("""[]""", "object")]
    public void What_is_malformed_is_named(string config, string says)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer_config.json"), config);
        Assert.Contains(says, Assert.Throws<InputException>(() => ChatTemplate.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_without_end_is_stopped()
    {
        ChatTemplate endless = ChatTemplate.Parse("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", "t.jinja");
        Assert.Contains("t.jinja", Assert.Throws<InputException>(() => endless.Render(Two)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Marks_of_the_assistants_words_change_nothing() =>
        Assert.Equal("a Hello b", ChatTemplate.Parse("a {% generation %}{{ messages[1].content }}{% endgeneration %} b", "t").Render(Two));

    [Fact]
    public void Dates_are_written_as_python_writes_them()
    {
        ChatTemplate dated = ChatTemplate.Parse("{{ strftime_now('%A %a %d %-d %B %b %m %Y %y %H:%I:%M:%S %p %j %F %%') }}", "t", clock: new MarchClock());
        Assert.Equal("Thursday Thu 05 5 March Mar 03 2026 26 09:09:07:05 AM 064 2026-03-05 %", dated.Render(Two));
    }

    private static Golden[] Vectors() =>
        JsonSerializer.Deserialize<Golden[]>(File.ReadAllBytes(Fixtures.Path("chat", "golden.json")), new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower })!;

    private sealed record Golden(string Template, ChatMessage[] Messages, bool AddGenerationPrompt, string? Text, string? Refusal);

    /// <summary>5 March 2026, 9:07:05.</summary>
    private sealed class MarchClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 3, 5, 9, 7, 5, TimeSpan.Zero);
    }
}
