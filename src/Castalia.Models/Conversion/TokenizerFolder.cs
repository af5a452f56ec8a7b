using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Formats;
using Castalia.Text;

namespace Castalia.Models.Conversion;

/// <summary>The tokenizer in a model's folder: the tokenizer itself, which of its tokens have a part to play, and its files.</summary>
internal sealed class TokenizerFolder
{
    private const string JsonName = "tokenizer.json", ConfigName = "tokenizer_config.json", SpecialName = "special_tokens_map.json", TemplateName = "chat_template.jinja";

    private const int LongestTemplate = 1 << 20;

    // Everything that transformers may look for beside tokenizer.json.
    private static readonly string[] Companions =
        [ConfigName, SpecialName, TemplateName, "added_tokens.json", "tokenizer.model", "vocab.json", "merges.txt", "vocab.txt"];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly string _folder;
    private readonly TransformerConfig _config;
    private readonly JsonObject _settings;

    private TokenizerFolder(string folder, TransformerConfig config, Tokenizer tokenizer)
    {
        (_folder, _config, Tokenizer) = (folder, config, tokenizer);
        string settings = Path.Combine(folder, ConfigName);
        _settings = File.Exists(settings) ? ConfigJson.Read(settings).Copy() : [];
        if (File.Exists(folder) && TemplateIn(folder) is { } template)
            _settings["chat_template"] = template;
    }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The token a text begins with.</summary>
    public int? BeginId => IdOf("bos_token") ?? Known(_config.BeginTokenId);

    /// <summary>The token a text ends with.</summary>
    public int? EndId => IdOf("eos_token") ?? Known(_config.EndTokenId) ?? Tokenizer.EndOfTextId;

    /// <summary>The token for what has none.</summary>
    public int? UnknownId => IdOf("unk_token");

    /// <summary>The token that batches are filled up with.</summary>
    public int? PaddingId => IdOf("pad_token");

    /// <summary>The Jinja template of a chat: a file of its own, or in the settings, where several are the one called "default".</summary>
    public string? ChatTemplate
    {
        get
        {
            string file = Path.Combine(_folder, TemplateName);
            if (File.Exists(file))
                return InputFile.ReadAllText(file, LongestTemplate);
            return _settings["chat_template"] switch
            {
                JsonValue value when value.TryGetValue(out string? text) => text,
                JsonArray several => several.OfType<JsonObject>().FirstOrDefault(one => Text(one["name"]) == "default") is { } usual ? Text(usual["template"]) : null,
                _ => null,
            };
        }
    }

    /// <summary>The tokenizer of a folder; null where there is none.</summary>
    /// <exception cref="InputException">There is one and it cannot be read.</exception>
    public static TokenizerFolder? Open(string folder, TransformerConfig config)
    {
        if (!Directory.Exists(folder))
            return HasTokenizer(folder) ? new TokenizerFolder(folder, config, Tokenizer.Load(folder)) : null;
        bool isThere = Companions.Append(JsonName).Any(name => name is not (ConfigName or SpecialName or TemplateName or "added_tokens.json") && File.Exists(Path.Combine(folder, name)))
            || Directory.EnumerateFiles(folder, "*.tiktoken").Any();
        return isThere ? new TokenizerFolder(folder, config, Tokenizer.Load(folder)) : null;
    }

    /// <summary>Puts the tokenizer's files into a folder: those that are there as they are, those that transformers needs beside them newly written.</summary>
    public void CopyTo(string target)
    {
        foreach (string name in Companions.Append(JsonName).Where(name => File.Exists(Path.Combine(_folder, name))))
            AtomicFile.WriteAllBytes(Path.Combine(target, name), File.ReadAllBytes(Path.Combine(_folder, name)));
        if (!File.Exists(Path.Combine(target, JsonName)))
            Tokenizer.Save(Path.Combine(target, JsonName));
        JsonObject special = [];
        foreach ((string key, int? id) in ((string, int?)[])[("bos_token", BeginId), ("eos_token", EndId), ("unk_token", UnknownId), ("pad_token", PaddingId)])
        {
            if (id is int known && Tokenizer.IdToToken(known) is { } token)
                special[key] = token;
        }
        Write(ConfigName, () =>
        {
            JsonObject settings = special.DeepClone().AsObject();
            if (ChatTemplate is { } template)
                settings["chat_template"] = template;
            settings["clean_up_tokenization_spaces"] = false;
            settings["model_max_length"] = _config.MaxPositions;
            settings["tokenizer_class"] = "PreTrainedTokenizerFast";
            return settings;
        });
        Write(SpecialName, () => special);

        void Write(string name, Func<JsonObject> make)
        {
            string path = Path.Combine(target, name);
            if (!File.Exists(path))
                AtomicFile.WriteAllText(path, make().ToJsonString(Indented) + "\n");
        }
    }

    private static string? TemplateIn(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        return file.Find("tokenizer.chat_template")?.AsString();
    }

    /// <summary>Whether a GGUF file, which is a model's source as well, has its tokenizer in it.</summary>
    private static bool HasTokenizer(string path)
    {
        if (!Gguf.GgufModelFile.Recognises(path))
            return false;
        using GgufFile file = GgufFile.Open(path);
        return file.Find("tokenizer.ggml.model")?.AsString() is { } model && model is not ("none" or "no_vocab");
    }

    private int? IdOf(string key)
    {
        string? token = _settings[key] is JsonObject described ? Text(described["content"]) : Text(_settings[key]);
        return token is null ? null : Tokenizer.TokenToId(token);
    }

    private int? Known(int? id) => id is int given && Tokenizer.IdToToken(given) is not null ? given : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
