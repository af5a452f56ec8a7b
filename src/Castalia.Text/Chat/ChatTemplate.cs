using Castalia.Text.Jinja;

namespace Castalia.Text.Chat;

/// <summary>
/// How a conversation becomes the one text that a model was trained to continue: a Jinja template, given what transformers'
/// <c>apply_chat_template</c> gives it. May be used by several threads at once.
/// </summary>
public sealed class ChatTemplate
{
    private static readonly JinjaFunction RaiseException = new((arguments, _) =>
        throw new ChatTemplateRefusal(arguments.Count > 0 && arguments[0] is string message ? message : "the template refuses the conversation"));

    private readonly JinjaTemplate _template;
    private readonly string _source;
    private readonly IReadOnlyDictionary<string, string> _specialTokens;
    private readonly TimeProvider _clock;

    private ChatTemplate(JinjaTemplate template, string source, IReadOnlyDictionary<string, string> specialTokens, IReadOnlyList<string> stopStrings, TimeProvider clock)
    {
        _template = template;
        _source = source;
        _specialTokens = specialTokens;
        StopStrings = stopStrings;
        _clock = clock;
    }

    /// <summary>The template's text.</summary>
    public string Source => _template.Source;

    /// <summary>Texts that an answer ends before where the template marks turns by plain text; mostly none, as models have tokens for it.</summary>
    public IReadOnlyList<string> StopStrings { get; }

    /// <summary>Reads a template.</summary>
    /// <param name="template">The template's text.</param>
    /// <param name="source">The file that it comes from, for errors.</param>
    /// <param name="specialTokens">The values of <c>bos_token</c>, <c>eos_token</c> and the like; null for none.</param>
    /// <param name="stopStrings">What ends an answer beside the model's end tokens; null for nothing.</param>
    /// <param name="clock">What <c>strftime_now</c> reads; null for the system's.</param>
    /// <exception cref="InputException">The text is no template.</exception>
    public static ChatTemplate Parse(
        string template, string source, IReadOnlyDictionary<string, string>? specialTokens = null, IReadOnlyList<string>? stopStrings = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        try
        {
            JinjaTemplate parsed = JinjaTemplate.Parse(template, JinjaOptions.Chat);
            return new ChatTemplate(parsed, source, specialTokens ?? new Dictionary<string, string>(), stopStrings ?? [], clock ?? TimeProvider.System);
        }
        catch (JinjaException error)
        {
            throw new InputException(source, Place(error), error.Problem + ".", "Correct the template, or give another one with --template FILE.", error);
        }
    }

    /// <summary>The template of a model's folder; see <see cref="ChatTemplateFiles"/>.</summary>
    /// <exception cref="InputException">There is none, or it is malformed.</exception>
    public static ChatTemplate Load(string folder, string? template = null) => ChatTemplateFiles.Load(folder, template);

    /// <summary>The template of a model's folder; null where it has none.</summary>
    /// <exception cref="InputException">It is malformed.</exception>
    public static ChatTemplate? Find(string folder) => ChatTemplateFiles.Find(folder, null);

    /// <summary>
    /// The template that a model's folder keeps under a name, where it keeps several; one that stands alone is taken whatever name is asked for. Null
    /// where there is none.
    /// </summary>
    /// <exception cref="InputException">None of several has that name, or one is malformed.</exception>
    public static ChatTemplate? FindNamed(string folder, string? name) => ChatTemplateFiles.FindNamed(folder, name);

    /// <summary>The texts of a model's special tokens by their names, <c>bos_token</c> and the like; empty texts for a beginning and an end that it lacks.</summary>
    /// <exception cref="InputException">A file of the folder is malformed.</exception>
    public static IReadOnlyDictionary<string, string> SpecialTokens(string folder) => ChatTemplateFiles.SpecialTokens(folder);

    /// <summary>The text of a conversation.</summary>
    /// <param name="messages">The messages in order.</param>
    /// <param name="addGenerationPrompt">Whether the text ends where the assistant's answer begins.</param>
    /// <exception cref="InputException">The template refuses the conversation, or fails on it.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = true)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var values = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["messages"] = messages.Select(object? (message) => new OrderedDictionary<string, object?> { ["role"] = message.Role, ["content"] = message.Content }).ToArray(),
            ["tools"] = null,
            ["documents"] = null,
            ["add_generation_prompt"] = addGenerationPrompt,
            ["raise_exception"] = RaiseException,
            ["strftime_now"] = new JinjaFunction((arguments, _) => PythonTime.Format(_clock.GetLocalNow(), arguments is [string format] ? format : "%Y-%m-%d")),
        };
        foreach ((string name, string token) in _specialTokens)
            values.TryAdd(name, token);
        try
        {
            return _template.Render(values);
        }
        catch (ChatTemplateRefusal refusal)
        {
            throw new InputException(_source, "chat template", refusal.Message, "Send messages in the order and with the roles that the model knows.", refusal);
        }
        catch (JinjaException error)
        {
            throw new InputException(_source, Place(error), error.Problem + ".", "Correct the template, or give another one with --template FILE.", error);
        }
    }

    private static string Place(JinjaException error) => $"template line {error.Line}, column {error.Column}";

    /// <summary>What <c>raise_exception</c> throws: the template's own words.</summary>
    private sealed class ChatTemplateRefusal(string message) : Exception(message);
}
