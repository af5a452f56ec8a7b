using System.Text.Json;
using Castalia.Formats;

namespace Castalia.Text.Chat;

/// <summary>
/// Where a model's folder keeps its chat template: in <c>chat_template.jinja</c>, else under <c>chat_template</c> in <c>tokenizer_config.json</c>, as
/// a text or as a list of named ones, of which <c>default</c> is taken. Special tokens are read from <c>tokenizer_config.json</c> and
/// <c>special_tokens_map.json</c>.
/// </summary>
internal static class ChatTemplateFiles
{
    /// <summary>What <c>--template</c> calls the built-in template for models that know no turns.</summary>
    public const string PlainName = "plain";

    private const int LongestFile = 64 << 20; // tokenizer_config.json may list every added token
    private const string Remedy = "Fetch the model again, or give a template with --template FILE.";

    // Turns by plain words, as base models have seen them in transcripts.
    private const string Plain = """
        {{ bos_token }}
        {%- for message in messages %}
            {%- if message.role == 'system' %}{{ message.content | trim + '\n\n' }}
            {%- elif message.role == 'user' %}{{ 'User: ' + message.content | trim + '\n' }}
            {%- else %}{{ 'Assistant: ' + message.content | trim + '\n' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}
        """;

    /// <summary>Reads the template of a folder.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="template">A file to take instead, or <see cref="PlainName"/>; null for the folder's own.</param>
    /// <exception cref="InputException">There is none, or it is malformed.</exception>
    public static ChatTemplate Load(string folder, string? template) => Find(folder, template) ?? throw new InputException(
        folder, null, "the model has no chat template: neither chat_template.jinja nor chat_template in tokenizer_config.json.",
        $"Give one with --template FILE, or take --template {PlainName}, which writes turns as 'User: ...' and 'Assistant: ...' for models that know none.");

    /// <summary>Reads the template of a folder; null where it has none.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="template">A file to take instead, or <see cref="PlainName"/>; null for the folder's own.</param>
    /// <exception cref="InputException">It is malformed.</exception>
    public static ChatTemplate? Find(string folder, string? template)
    {
        string config = Path.Combine(folder, "tokenizer_config.json"), own = Path.Combine(folder, "chat_template.jinja");
        using JsonDocument? fields = File.Exists(config) ? ReadObject(config) : null;
        Dictionary<string, string> special = SpecialTokens(folder, fields);
        if (template == PlainName)
            return ChatTemplate.Parse(Plain, "the plain template", special, ["\nUser:", "\nAssistant:"]);
        string? file = template ?? (File.Exists(own) ? own : null);
        if (file is not null)
            return ChatTemplate.Parse(InputFile.ReadAllText(file, 4 * Jinja.JinjaTemplate.MaxSourceLength), file, special);
        if (fields is not null && InConfig(config, fields.RootElement) is { } text)
            return ChatTemplate.Parse(text, config, special);
        return null;
    }

    /// <summary>
    /// Reads the template that a folder keeps under a name, where it keeps several; one that stands alone is taken whatever name is asked for. Null
    /// where there is none.
    /// </summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="name">The name; null for the folder's own choice.</param>
    /// <exception cref="InputException">None of several has that name, or one is malformed.</exception>
    public static ChatTemplate? FindNamed(string folder, string? name)
    {
        string config = Path.Combine(folder, "tokenizer_config.json");
        if (name is null || !File.Exists(config))
            return Find(folder, null);
        using JsonDocument fields = ReadObject(config);
        if (!fields.RootElement.TryGetProperty("chat_template", out JsonElement templates) || templates.ValueKind != JsonValueKind.Array)
            return Find(folder, null);
        return ChatTemplate.Parse(InConfig(config, fields.RootElement, name)!, config, SpecialTokens(folder, fields));
    }

    /// <summary>The texts of a model's special tokens by their names, <c>bos_token</c> and the like; empty texts for a beginning and an end that it lacks.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="InputException">A file is malformed.</exception>
    public static IReadOnlyDictionary<string, string> SpecialTokens(string folder)
    {
        string config = Path.Combine(folder, "tokenizer_config.json");
        using JsonDocument? fields = File.Exists(config) ? ReadObject(config) : null;
        return SpecialTokens(folder, fields);
    }

    private static string? InConfig(string config, JsonElement fields, string wanted = "default")
    {
        if (!fields.TryGetProperty("chat_template", out JsonElement template) || template.ValueKind == JsonValueKind.Null)
            return null;
        if (template.ValueKind == JsonValueKind.String)
            return template.GetString();
        if (template.ValueKind != JsonValueKind.Array)
            throw new InputException(config, "chat_template", $"expected a text or a list of named texts, found {template.ValueKind}.", Remedy);
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonElement entry in template.EnumerateArray())
        {
            if (Text(entry, "name") is not { } name || Text(entry, "template") is not { } text)
                throw new InputException(config, "chat_template", "expected each of the list to have a 'name' and a 'template', both texts.", Remedy);
            named[name] = text;
        }
        if (named.TryGetValue(wanted, out string? found))
            return found;
        return named.Count == 1 && wanted == "default" ? named.Values.Single() : throw new InputException(
            config, "chat_template", $"none of the templates is called '{wanted}'; there are: {string.Join(", ", named.Keys.Take(20))}.", Remedy);
    }

    private static Dictionary<string, string> SpecialTokens(string folder, JsonDocument? config)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal) { ["bos_token"] = "", ["eos_token"] = "" };
        string map = Path.Combine(folder, "special_tokens_map.json");
        using JsonDocument? older = File.Exists(map) ? ReadObject(map) : null;
        foreach (JsonDocument fields in new[] { older, config }.OfType<JsonDocument>())
        {
            foreach (JsonProperty field in fields.RootElement.EnumerateObject())
            {
                if (!field.Name.EndsWith("_token", StringComparison.Ordinal))
                    continue;
                // A token stands by itself or, in files of older versions, in an object with its properties.
                string? content = field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString() : Text(field.Value, "content");
                if (content is not null)
                    tokens[field.Name] = content;
            }
        }
        return tokens;
    }

    private static string? Text(JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonDocument ReadObject(string path)
    {
        byte[] bytes = InputFile.ReadAllBytes(path, LongestFile);
        try
        {
            JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 64 });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
            throw new InputException(path, null, "it does not hold a JSON object.", Remedy);
        }
        catch (JsonException error)
        {
            throw new InputException(path, $"line {error.LineNumber + 1}", "it is not valid JSON: " + error.Message, Remedy, error);
        }
    }
}
