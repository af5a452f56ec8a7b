using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Cli.Display;
using Castalia.Models;
using Castalia.Models.Architectures;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia inspect</c>: what a model is made of.</summary>
internal static class InspectVerb
{
    private const int MostMetadata = 60;

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create()
    {
        var path = new Argument<string>("path") { Description = "A model folder, or a file of weights (safetensors, GGUF, pytorch_model.bin)." };
        var tensors = new Option<bool>("--tensors") { Description = "List every tensor with type, shape and hash." };
        var noHashes = new Option<bool>("--no-hashes") { Description = "Read only what the files say of the tensors, not the tensors themselves." };
        var json = new Option<bool>("--json") { Description = "Print all of it as JSON." };
        var command = new Command("inspect", "Look into a model: architecture, parameters by part, types, shapes, hashes.") { path, tensors, noHashes, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            ModelInspection inspection = await ProgressDisplay.ShowAsync(
                progress => ModelInspection.Of(parsed.GetRequiredValue(path), !parsed.GetValue(noHashes), progress, cancellation));
            if (parsed.GetValue(json))
                Console.WriteLine(Json(inspection).ToJsonString(Indented));
            else
                Show(inspection, parsed.GetValue(tensors));
            return 0;
        });
        return Examples.Attach(command,
            ("a model", "castalia inspect pythia-160m"),
            ("every tensor of a file", "castalia inspect model.gguf --tensors"),
            ("for another program", "castalia inspect pythia-160m --json"));
    }

    private static void Show(ModelInspection inspection, bool tensors)
    {
        Console.WriteLine($"{inspection.Path}: {inspection.Kind}{(inspection.Architecture is null ? "" : $", {TextTable.Shown(inspection.Architecture)}")}");
        if (inspection.Config is { } config)
        {
            Line("shape", string.Create(Invariant, $"{config.Layers} layers, {config.HiddenSize} hidden, {config.Heads} heads{(config.KeyHeads == config.Heads ? "" : $" over {config.KeyHeads} of keys")} of {config.HeadSize}, {config.IntermediateSize} in the MLP, vocabulary {config.VocabularySize:N0}, {config.MaxPositions:N0} positions"));
            Line("kinds", $"{Position(config)}; {config.Residual}; {config.Norm.GetType().Name}; {config.Activation}{(config.GatedMlp ? ", gated" : "")}{(config.TiedEmbeddings ? "; embeddings tied" : "")}");
        }
        long total = inspection.Parameters.Values.Sum();
        Line("parameters", string.Create(Invariant, $"{total:N0}"));
        foreach ((string part, long count) in inspection.Parameters.OrderByDescending(pair => pair.Value))
            Line("", string.Create(Invariant, $"{count,15:N0}  {100.0 * count / Math.Max(1, total),5:F1} %  {part}"));
        Line("types", string.Join(", ", inspection.Bytes.Select(pair => string.Create(Invariant, $"{pair.Key} {pair.Value:N0} bytes"))));
        Line("tensors", inspection.Tensors.Count.ToString("N0", Invariant));
        if (inspection.Sha256 is not null)
            Line("weights' hash", inspection.Sha256);
        foreach ((string key, string value) in inspection.Metadata.Take(MostMetadata))
            Line("", $"{TextTable.Shown(key)} = {TextTable.Shown(value, 100)}");
        if (!tensors)
            return;
        Console.WriteLine();
        var table = new TextTable("tensor", "type", "shape", ">bytes", "part", "hash");
        foreach (InspectedTensor tensor in inspection.Tensors)
        {
            table.Add(TextTable.Shown(tensor.Name, 100), tensor.DType, $"[{string.Join(", ", tensor.Shape)}]", tensor.Bytes.ToString("N0", Invariant), tensor.Part ?? "",
                tensor.Sha256?[..16] ?? "");
        }
        table.Write(Console.Out);
    }

    private static string Position(TransformerConfig config) => config.Position switch
    {
        RotaryPositions rotary => string.Create(Invariant, $"rotary over {rotary.Dimensions(config.HeadSize)} of {config.HeadSize} dimensions, {rotary.Pairing}, base {rotary.Base}{Scaling(rotary.Scaling)}"),
        LearnedPositions learned => $"learned positions{(learned.Offset > 0 ? $" from row {learned.Offset}" : "")}",
        _ => "attention with linear biases",
    };

    private static string Scaling(RotaryScaling? scaling) => scaling switch
    {
        null => "",
        LinearRotaryScaling linear => string.Create(Invariant, $", linear scaling by {linear.Factor}"),
        DynamicRotaryScaling dynamic => string.Create(Invariant, $", dynamic scaling by {dynamic.Factor} beyond {dynamic.OriginalPositions}"),
        YarnRotaryScaling yarn => string.Create(Invariant, $", YaRN by {yarn.Factor} beyond {yarn.OriginalPositions}"),
        Llama3RotaryScaling llama3 => string.Create(Invariant, $", Llama 3 scaling by {llama3.Factor} beyond {llama3.OriginalPositions}"),
        _ => $", {scaling.GetType().Name}",
    };

    private static JsonObject Json(ModelInspection inspection) => new()
    {
        ["path"] = inspection.Path,
        ["kind"] = inspection.Kind,
        ["architecture"] = inspection.Architecture,
        ["config"] = inspection.Config is { } config ? KnownArchitectures.Of(config).WriteConfig(config) : null,
        ["metadata"] = JsonSerializer.SerializeToNode(inspection.Metadata),
        ["parameters"] = JsonSerializer.SerializeToNode(inspection.Parameters),
        ["bytes"] = JsonSerializer.SerializeToNode(inspection.Bytes),
        ["sha256"] = inspection.Sha256,
        ["tensors"] = new JsonArray([.. inspection.Tensors.Select(tensor => new JsonObject
        {
            ["name"] = tensor.Name,
            ["dtype"] = tensor.DType,
            ["shape"] = JsonSerializer.SerializeToNode(tensor.Shape),
            ["bytes"] = tensor.Bytes,
            ["part"] = tensor.Part,
            ["file"] = tensor.File,
            ["sha256"] = tensor.Sha256,
        })]),
    };

    private static void Line(string name, string value) => Console.WriteLine($"  {name,-14} {value}");
}
