using System.CommandLine;
using System.Text.Json;
using Castalia.Bench.Output;
using Castalia.Models;
using Castalia.Tensors;
using Spectre.Console;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Bench.Exactness;

/// <summary><c>bench exactness</c>: every golden model computed in every way, and how far the logits are from the reference's.</summary>
internal static class ExactnessCommand
{
    public static Command Create()
    {
        Argument<string> folder = new("folder") { Description = "A folder of golden models.", DefaultValueFactory = _ => "tests/fixtures/models" };
        Option<FileInfo?> json = new("--json") { Description = "Also write the figures to this file." };
        Command command = new("exactness", "Computes golden models in fp32 and bf16, whole, cached and padded, and shows the largest difference of a logit from the reference.") { folder, json };
        command.SetAction(result => Run(result.GetValue(folder)!, result.GetValue(json)));
        return command;
    }

    private static int Run(string folder, FileInfo? json)
    {
        Libtorch.Initialize();
        using IDisposable noGradient = no_grad();
        ExactnessRow[] rows =
        [
            .. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
                .Where(model => File.Exists(Path.Combine(model, "logits.safetensors")) && TensorSource.HasWeights(model))
                .Select(Measure),
        ];
        Table table = new Table().AddColumns("architecture", "fixture", "fp32", "hidden states", "cached", "side by side", "left padded", "bf16", "bf16 cached", "reference's bf16", "largest logit");
        foreach (ExactnessRow row in rows)
        {
            table.AddRow(row.Architecture, row.Fixture, Shown(row.Whole), Shown(row.HiddenStates), Shown(row.Cached), Shown(row.SideBySide), Shown(row.Padded),
                Shown(row.BFloat16), Shown(row.BFloat16Cached), Shown(row.ReferenceBFloat16), $"{row.LargestLogit:f1}");
        }
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 190);
        AnsiConsole.Write(table);
        Tables.WriteJson(json, new { Machine = Machine.Describe(), Rows = rows });
        return 0;
    }

    private static ExactnessRow Measure(string folder)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor ids = Matrix(folder, "input_ids.json", null), exact = Golden(folder, "logits.safetensors", "logits")!;
        using Transformer model = HuggingFaceFolder.Load(folder), half = HuggingFaceFolder.Load(folder, ScalarType.BFloat16);
        return new ExactnessRow(
            model.Config.Architecture, Path.GetFileName(folder),
            Difference(Whole(model, ids), exact), HiddenStates(model, ids, folder), Difference(Cached(model, ids), exact), Difference(SideBySide(model, ids), exact),
            Padded(model, folder), Difference(Whole(half, ids), exact), Difference(Cached(half, ids), exact),
            Golden(folder, "logits_bf16.safetensors", "logits") is { } reference ? Difference(reference, exact) : null,
            exact.abs().max().item<float>());
    }

    private static Tensor Whole(Transformer model, Tensor ids) => model.Logits(model.Hidden(ids));

    private static float? HiddenStates(Transformer model, Tensor ids, string folder)
    {
        string[] places = [TapPlaces.Embedding, .. Enumerable.Range(0, model.Config.Layers - 1).Select(TapPlaces.Residual), TapPlaces.FinalNorm];
        using var recorder = new ActivationRecorder(places);
        _ = model.Hidden(ids, new ForwardOptions { Tap = recorder });
        float? most = null;
        for (int i = 0; i < places.Length; i++)
        {
            if (Golden(folder, "hidden_states.safetensors", $"hidden_states.{i}") is { } expected)
                most = Math.Max(most ?? 0, Difference(recorder[places[i]], expected)!.Value);
        }
        return most;
    }

    private static Tensor Cached(Transformer model, Tensor ids)
    {
        using var cache = new KeyValueCache(model.Weights, ids.shape[0], ids.shape[1]) { RotaryLength = (int)ids.shape[1] };
        var options = new ForwardOptions { Cache = cache };
        return model.Logits(cat([.. Enumerable.Range(0, (int)ids.shape[1]).Select(i => model.Hidden(ids.narrow(1, i, 1), options))], 1));
    }

    /// <summary>Each row at a place of its own in one cache, the first three tokens ahead of the second.</summary>
    private static Tensor SideBySide(Transformer model, Tensor ids)
    {
        int length = (int)ids.shape[1];
        using var cache = new KeyValueCache(model.Weights, 3, length) { RotaryLength = length };
        List<Tensor> first = [model.Hidden(ids.narrow(0, 0, 1).narrow(1, 0, 3), new ForwardOptions { Cache = cache, Slots = [2] })], second = [];
        for (int i = 0; i < length - 3; i++)
        {
            Tensor both = model.Hidden(stack([ids[0].narrow(0, i + 3, 1), ids[1].narrow(0, i, 1)]), new ForwardOptions { Cache = cache, Slots = [2, 0] });
            first.Add(both.narrow(0, 0, 1));
            second.Add(both.narrow(0, 1, 1));
        }
        second.Add(model.Hidden(ids.narrow(0, 1, 1).narrow(1, length - 3, 3), new ForwardOptions { Cache = cache, Slots = [0] }));
        return model.Logits(cat([cat(first, 1), cat(second, 1)]));
    }

    private static float? Padded(Transformer model, string folder)
    {
        if (Golden(folder, "logits_leftpad.safetensors", "logits") is not { } expected)
            return null;
        Tensor ids = Matrix(folder, "leftpad.json", "input_ids"), mask = Matrix(folder, "leftpad.json", "attention_mask");
        Tensor logits = model.Logits(model.Hidden(ids, new ForwardOptions { AttentionMask = mask })), counts = mask.to(ScalarType.Float32).unsqueeze(2);
        return Difference(logits * counts, expected * counts);
    }

    private static Tensor Matrix(string folder, string file, string? key)
    {
        JsonElement json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, file))).RootElement;
        long[][] rows = (key is null ? json : json.GetProperty(key)).Deserialize<long[][]>()!;
        return tensor(rows.SelectMany(row => row).ToArray()).view(rows.Length, -1);
    }

    private static Tensor? Golden(string folder, string file, string name)
    {
        string path = Path.Combine(folder, file);
        return File.Exists(path) ? TensorFiles.Load(path)[name] : null;
    }

    private static float? Difference(Tensor a, Tensor b) => (a.to(ScalarType.Float32) - b.to(ScalarType.Float32)).abs().max().item<float>();

    private static string Shown(float? difference) => difference is float value ? $"{value:0.0e+0}" : "";
}

/// <summary>One golden model.</summary>
internal sealed record ExactnessRow(
    string Architecture, string Fixture, float? Whole, float? HiddenStates, float? Cached, float? SideBySide, float? Padded,
    float? BFloat16, float? BFloat16Cached, float? ReferenceBFloat16, float LargestLogit);
