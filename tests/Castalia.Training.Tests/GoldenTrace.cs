using System.Text.Json;
using Castalia.Formats;
using Castalia.Models;
using Castalia.Testing;

namespace Castalia.Training.Tests;

/// <summary>
/// <c>tests/fixtures/models/train_neox</c>: a small GPT-NeoX model trained for 20 steps by transformers and PyTorch in fp32, with every
/// loss and gradient norm.
/// </summary>
internal static class GoldenTrace
{
    /// <summary>How the trace was trained.</summary>
    public static readonly TrainingOptions Options = new()
    {
        SequenceLength = 32,
        BatchSize = 4,
        Steps = 20,
        Precision = TrainingPrecision.Float32,
        Schedule = LearningRateRule.Cosine,
        LearningRate = 3e-3,
        MinimumLearningRate = 0.1,
        Warmup = 0.25,
    };

    /// <summary>Each step's learning rate, loss and gradient norm.</summary>
    public static IReadOnlyList<(double LearningRate, double Loss, double GradientNorm)> Steps { get; } = ReadSteps();

    /// <summary>Each step's token ids, [batch, sequence + 1] row after row.</summary>
    public static IReadOnlyList<int[]> Batches { get; } = ReadBatches();

    /// <summary>The model that the trace begins with.</summary>
    public static TransformerWeights InitialWeights() => Load("model.safetensors");

    /// <summary>A file of tensors under the model's parameter names (weights or gradients), laid out as the model has them.</summary>
    public static TransformerWeights Load(string fileName)
    {
        using var folder = new TemporaryFolder();
        File.Copy(PathOf("config.json"), folder["config.json"]);
        File.Copy(PathOf(fileName), folder["model.safetensors"]);
        using Transformer model = HuggingFaceFolder.Load(folder.Path);
        return model.Weights.To(model.Weights.DType);
    }

    /// <summary>The part of AdamW's final state that the trace has, in HF's names and layout.</summary>
    public static SafetensorsFile OptimizerState() => SafetensorsFile.Open(PathOf("optimizer_final_some.safetensors"));

    private static string PathOf(string name) => Fixtures.Path("models", "train_neox", name);

    private static List<(double, double, double)> ReadSteps()
    {
        using JsonDocument trace = JsonDocument.Parse(File.ReadAllBytes(PathOf("trace.json")));
        return [.. trace.RootElement.GetProperty("fp32").EnumerateArray().Select(step =>
            (step.GetProperty("lr").GetDouble(), step.GetProperty("loss").GetDouble(), step.GetProperty("grad_norm").GetDouble()))];
    }

    private static List<int[]> ReadBatches()
    {
        int[][][] data = JsonSerializer.Deserialize<int[][][]>(File.ReadAllBytes(PathOf("data.json")))!;
        return [.. data.Select(batch => batch.SelectMany(row => row).ToArray())];
    }
}
