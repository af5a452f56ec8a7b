using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Formats;
using Castalia.Models.Architectures;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models.Conversion;

/// <summary>Writes the weights of a stored model as Hugging Face's layout has them, a tensor at a time.</summary>
internal static class HuggingFaceExport
{
    private const string ConfigName = "config.json", GenerationConfigName = "generation_config.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes the files of weights, with an index where there are several.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="dtype">The type of all tensors; null for each its own.</param>
    /// <param name="maxShardSize">The most bytes of a file.</param>
    /// <param name="progress">Told the bytes written.</param>
    /// <param name="cancellation">Stops the writing.</param>
    /// <param name="change">Makes of a tensor what is written in its place, of any type; null where it stays.</param>
    /// <returns>Their names and bytes.</returns>
    public static IReadOnlyList<(string Name, long Bytes)> WriteWeights(
        StoredModel model, string folder, torch.ScalarType? dtype, long maxShardSize, IProgress<WorkProgress>? progress, CancellationToken cancellation,
        Func<HuggingFaceParameter, torch.Tensor, torch.Tensor?>? change = null)
    {
        SafetensorsSource[] sources = [.. model.Parameters.Select(parameter => Source(model, parameter, dtype ?? model.TypeOf(parameter), change))];
        IReadOnlyList<IReadOnlyList<SafetensorsSource>> shards = ShardPlan.Split(sources, source => source.Length, maxShardSize);
        List<(string, long)> files = [];
        JsonObject map = [];
        foreach ((int index, IReadOnlyList<SafetensorsSource> shard) in shards.Index())
        {
            string name = ShardPlan.NameOf(index, shards.Count), path = Path.Combine(folder, name);
            SafetensorsWriter.Write(path, shard, new Dictionary<string, string> { ["format"] = "pt" }, progress, cancellation);
            files.Add((name, new FileInfo(path).Length));
            foreach (SafetensorsSource source in shard)
                map[source.Name] = name;
        }
        if (shards.Count > 1)
        {
            var index = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["total_parameters"] = ParameterNames.Count(model.Config).Total,
                    ["total_size"] = sources.Sum(source => source.Length),
                },
                ["weight_map"] = new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))),
            };
            AtomicFile.WriteAllText(Path.Combine(folder, SafetensorsModelFiles.IndexName), index.ToJsonString(Indented) + "\n");
        }
        return files;
    }

    /// <summary>Writes config.json and generation_config.json: the model's own where it has them, with the type that the weights now have.</summary>
    public static void WriteConfig(StoredModel model, string folder, torch.ScalarType dtype)
    {
        JsonObject config = Own(ConfigName) ?? KnownArchitectures.Of(model.Config).WriteConfig(model.Config);
        config["dtype"] = HuggingFaceFolder.DTypeName(dtype);       // transformers 5
        config["torch_dtype"] = HuggingFaceFolder.DTypeName(dtype); // and before
        JsonObject generation = Own(GenerationConfigName)
            ?? new JsonObject { ["bos_token_id"] = model.Config.BeginTokenId, ["eos_token_id"] = model.Config.EndTokenId };
        AtomicFile.WriteAllText(Path.Combine(folder, ConfigName), config.ToJsonString(Indented) + "\n");
        AtomicFile.WriteAllText(Path.Combine(folder, GenerationConfigName), generation.ToJsonString(Indented) + "\n");

        JsonObject? Own(string name) => Path.Combine(model.Path, name) is var path && File.Exists(path) ? ConfigJson.Read(path).Copy() : null;
    }

    /// <summary>Reads a tensor in HF's layout in a type of choice. The caller disposes of it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="parameter">Which tensor.</param>
    /// <param name="dtype">The type.</param>
    /// <param name="change">What is made of the stored tensor first; null, or a null result, leaves it as it is.</param>
    /// <exception cref="InputException">It is damaged, or holds a number that the type cannot have.</exception>
    public static torch.Tensor Read(
        StoredModel model, HuggingFaceParameter parameter, torch.ScalarType dtype, Func<HuggingFaceParameter, torch.Tensor, torch.Tensor?>? change = null)
    {
        torch.Tensor stored = model.Read(parameter);
        if (change?.Invoke(parameter, stored) is { } changed)
        {
            stored.Dispose();
            stored = changed;
        }
        if (stored.dtype == dtype)
            return stored;
        using (stored)
        {
            torch.Tensor cast = stored.to(dtype);
            if (dtype != torch.ScalarType.Float16 || !Overflows(stored, cast))
                return cast;
            cast.Dispose();
            throw new InputException(model.Path, $"tensor {parameter.Name}", "it holds a number beyond 65504, which fp16 cannot have.", "Convert to bf16 or fp32.");
        }
    }

    private static SafetensorsSource Source(StoredModel model, HuggingFaceParameter parameter, torch.ScalarType dtype, Func<HuggingFaceParameter, torch.Tensor, torch.Tensor?>? change) =>
        TensorFiles.Source(parameter.Name, dtype, parameter.Shape, () => Read(model, parameter, dtype, change));

    private static bool Overflows(torch.Tensor stored, torch.Tensor cast)
    {
        using var scope = torch.NewDisposeScope();
        return cast.isinf().logical_and(stored.isfinite()).any().item<bool>();
    }
}
