using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Formats;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>
/// An adapter as PEFT keeps it: <c>adapter_config.json</c> beside <c>adapter_model.safetensors</c> with
/// <c>base_model.model.{module}.lora_A.weight</c> [rank, in] and <c>lora_B.weight</c> [out, rank]. What an adapter of PEFT's can have and this one
/// cannot is refused, not passed over.
/// </summary>
public static class PeftFolder
{
    /// <summary>The configuration's file.</summary>
    public const string ConfigFile = "adapter_config.json";

    /// <summary>The matrices' file.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    private const string Remedy = "Merge the adapter with PEFT and load the result as a model, or train one without this.";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    // Fields that change what is computed, and the only value under which nothing else is. Absent is null.
    private static readonly string[] EmptyFields =
    [
        "alora_invocation_tokens", "exclude_modules", "layer_replication", "layers_to_transform", "megatron_config", "modules_to_save", "target_parameters",
        "trainable_token_indices", "rank_pattern", "alpha_pattern",
    ];

    private static readonly string[] FalseFields = ["use_dora", "use_qalora", "use_bdlora", "lora_bias"];

    // Those of PEFT's ways to begin that leave the base's weights alone.
    private static readonly string[] PlainBeginnings = ["gaussian", "eva", "orthogonal"];

    /// <summary>Whether a folder holds an adapter.</summary>
    public static bool IsAdapter(string folder) => File.Exists(Path.Combine(folder, ConfigFile));

    /// <summary>Reads an adapter's configuration.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <exception cref="InputException">There is none, or it asks for what is not supported.</exception>
    public static LoraConfig LoadConfig(string folder) => Read(ConfigJson.Read(Path.Combine(folder, ConfigFile))).Config;

    /// <summary>Reads an adapter.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <param name="model">The base model.</param>
    /// <param name="dtype">The type to compute in; matrices of another type are converted.</param>
    /// <exception cref="InputException">A file is missing or damaged, asks for what is not supported, or does not fit the model.</exception>
    public static LoraAdapter Load(string folder, TransformerConfig model, torch.ScalarType dtype = torch.ScalarType.Float32)
    {
        string configPath = Path.Combine(folder, ConfigFile), path = Path.Combine(folder, WeightsFile);
        (LoraConfig config, string? pattern) = Read(ConfigJson.Read(configPath));
        IReadOnlyList<LoraTarget> targets = pattern is null ? LoraTarget.Of(model, config.TargetModules, configPath) : LoraTarget.Matching(model, pattern, configPath);
        if (targets.Count == 0)
            throw new InputException(configPath, "target_modules", $"'{pattern}' matches no projection of the model.", "Load the adapter with the model that it was trained on.");
        if (pattern is not null)
            config = config with { TargetModules = [.. targets.Select(target => target.Module)] };

        var adapter = new LoraAdapter(model, config, targets, dtype);
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            foreach (SafetensorsEntry entry in file.Tensors.Values)
            {
                if (!adapter.Flat.Contains(entry.Name))
                    throw new InputException(path, $"tensor {entry.Name}", $"{ConfigFile} describes an adapter of this model without such a tensor.", "Load the adapter with the model that it was trained on. " + Remedy);
                if (entry.DType is not (SafetensorsDType.F32 or SafetensorsDType.BF16 or SafetensorsDType.F16))
                    throw new InputException(path, $"tensor {entry.Name}", $"expected F32, BF16 or F16, found {entry.DType.Name()}.", Remedy);
            }
            TensorFiles.Read(path, adapter.Flat);
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Writes an adapter into a folder, which is made where it is not there; each file appears whole or not at all.</summary>
    /// <param name="adapter">The adapter, written in its own type.</param>
    /// <param name="folder">Where to.</param>
    /// <exception cref="InputException">The disk is full, or the folder cannot be written to.</exception>
    public static void Save(LoraAdapter adapter, string folder)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.WriteAllText(Path.Combine(folder, ConfigFile), Write(adapter).ToJsonString(Indented) + "\n");
        TensorFiles.Save(Path.Combine(folder, WeightsFile), adapter.Flat, new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static JsonObject Write(LoraAdapter adapter)
    {
        LoraConfig config = adapter.Config;
        IEnumerable<string> modules = config.TargetModules is { } named && !named.Contains(LoraConfig.AllLinear)
            ? named : adapter.Targets.Select(target => target.ShortName).Distinct();
        return new JsonObject
        {
            ["alpha_pattern"] = new JsonObject(),
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = config.BaseModel,
            ["bias"] = "none",
            ["fan_in_fan_out"] = adapter.Targets.Any(target => target.Transposed),
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["layers_pattern"] = null,
            ["layers_to_transform"] = null,
            ["lora_alpha"] = config.Alpha == Math.Floor(config.Alpha) ? JsonValue.Create((long)config.Alpha) : JsonValue.Create(config.Alpha),
            ["lora_dropout"] = 0.0,
            ["modules_to_save"] = null,
            ["peft_type"] = "LORA",
            ["r"] = config.Rank,
            ["rank_pattern"] = new JsonObject(),
            ["revision"] = null,
            ["target_modules"] = new JsonArray([.. modules.Select(module => (JsonNode)module)]),
            ["task_type"] = "CAUSAL_LM",
            ["use_dora"] = false,
            ["use_rslora"] = config.RankStabilized,
        };
    }

    private static (LoraConfig Config, string? Pattern) Read(ConfigJson json)
    {
        if (json.Text("peft_type") is var kind && kind != "LORA")
            throw json.Unknown("peft_type", ["LORA"]);
        foreach (string field in EmptyFields)
        {
            if (json.Has(field) && !json.IsEmpty(field))
                throw json.Unsupported(field, Remedy);
        }
        foreach (string field in FalseFields)
        {
            if (json.Bool(field, absent: false))
                throw json.Unsupported(field, Remedy);
        }
        if (json.Text("bias", absent: "none") != "none")
            throw json.Unsupported("bias", Remedy);
        if (json.Text("task_type", absent: "CAUSAL_LM") != "CAUSAL_LM")
            throw json.Unknown("task_type", ["CAUSAL_LM"]);
        if (json.IsText("init_lora_weights") && !PlainBeginnings.Contains(json.Text("init_lora_weights")))
            throw json.Unsupported("init_lora_weights", "Convert it with PEFT's path_initial_model_for_weight_conversion, which makes a plain adapter of it.");
        if (json.Number("lora_dropout", absent: 0) is < 0 or >= 1)
            throw json.Wrong("lora_dropout", "a share from 0 to below 1");
        bool isPattern = json.IsText("target_modules") && json.Text("target_modules") != LoraConfig.AllLinear;
        var config = new LoraConfig
        {
            Rank = json.Int("r", 1, 1 << 16),
            Alpha = json.Number("lora_alpha", absent: 8),
            RankStabilized = json.Bool("use_rslora", absent: false),
            BaseModel = json.Text("base_model_name_or_path", absent: ""),
            TargetModules = isPattern ? null : json.IsText("target_modules") ? [LoraConfig.AllLinear] : json.Texts("target_modules"),
        };
        if (config.BaseModel.Length == 0)
            config = config with { BaseModel = null };
        config.Validate(json.File);
        return (config, isPattern ? json.Text("target_modules") : null);
    }
}
