using Castalia.Evaluation;
using Castalia.Models;
using Castalia.Text.Jinja.Python;

namespace Castalia.Recipes;

/// <summary>The arguments of a model in a folder, by the names that the harness's <c>hf</c> has for them.</summary>
internal sealed class ModelArguments
{
    private static readonly Dictionary<string, InferencePrecision> Types = new(StringComparer.Ordinal)
    {
        ["auto"] = InferencePrecision.Float32,
        ["float32"] = InferencePrecision.Float32,
        ["fp32"] = InferencePrecision.Float32,
        ["float"] = InferencePrecision.Float32,
        ["bfloat16"] = InferencePrecision.BFloat16,
        ["bf16"] = InferencePrecision.BFloat16,
        ["int8"] = InferencePrecision.Int8,
    };

    // Where they are, how many and how fast: nothing that an answer hangs on.
    private static readonly string[] Indifferent =
    [
        "trust_remote_code", "batch_size", "max_batch_size", "device", "device_map", "parallelize", "use_fast_tokenizer", "low_cpu_mem_usage", "attn_implementation", "logits_cache",
        "backend", "max_memory_per_gpu", "max_cpu_memory", "offload_folder", "tokenizer_backend", "softmax_dtype",
    ];

    private static readonly string[] Known = ["pretrained", "dtype", "peft", "max_length", "prefix_token_id", "add_bos_token", "max_gen_toks", "think_end_token", "revision", .. Indifferent];

    public ModelArguments(IReadOnlyDictionary<string, object?> arguments)
    {
        Pretrained = Text(arguments, "pretrained") ?? throw Wrong("pretrained", "no model is named.", "Write --model_args pretrained=FOLDER.");
        Name = Pretrained;
        var options = new LanguageModelOptions();
        foreach ((string key, object? value) in arguments)
        {
            switch (key)
            {
                case "pretrained":
                    break;
                case "dtype":
                    string type = PythonText.Str(value).Replace("torch.", "", StringComparison.Ordinal);
                    Precision = Types.TryGetValue(type, out InferencePrecision known) ? known
                        : throw Wrong(key, $"'{type}' is no type that models are computed in here.", NameSuggestion.Remedy(type, Types.Keys));
                    break;
                case "peft":
                    Peft = Text(arguments, key);
                    Name = Peft ?? Name;
                    break;
                case "max_length":
                    options = options with { MaxLength = Number(key, value) };
                    break;
                case "prefix_token_id":
                    options = options with { PrefixToken = Number(key, value) };
                    break;
                case "revision" when value is not (null or "main"):
                    throw Wrong(key, "nothing is fetched, so there are no revisions.", "Download the revision and name its folder with pretrained=.");
                case "revision":
                    break;
                case "add_bos_token":
                    options = options with { AddBeginToken = value is null ? null : value is bool add ? add : throw Wrong(key, "expected true or false.", "Write one of them.") };
                    break;
                case "max_gen_toks":
                    options = options with { MaxGenToks = Number(key, value) ?? 256 };
                    break;
                case "think_end_token":
                    options = options with { ThinkEndToken = value is null ? null : PythonText.Str(value) };
                    break;
                case "enable_thinking" when value is null:
                    break;
                default:
                    if (!Indifferent.Contains(key))
                        throw Wrong(key, "a model in a folder has no such argument here.", NameSuggestion.Remedy(key, Known));
                    break;
            }
        }
        Options = options;
    }

    /// <summary>The model's folder.</summary>
    public string Pretrained { get; }

    /// <summary>An adapter's folder; null for none.</summary>
    public string? Peft { get; }

    /// <summary>What results call it: the adapter's name where there is one.</summary>
    public string Name { get; }

    /// <summary>The type to compute in.</summary>
    public InferencePrecision Precision { get; }

    /// <summary>Lengths and the token that texts begin with.</summary>
    public LanguageModelOptions Options { get; }

    private static string? Text(IReadOnlyDictionary<string, object?> arguments, string key) =>
        arguments.GetValueOrDefault(key) is { } value ? PythonText.Str(value) : null;

    private static int? Number(string key, object? value) => value switch
    {
        null => null,
        long number and >= 0 and <= int.MaxValue => (int)number,
        _ => throw Wrong(key, $"expected a whole number, found {PythonText.Repr(value)}.", "Write one."),
    };

    private static InputException Wrong(string key, string problem, string remedy) => new("--model_args", key, problem, remedy);
}
