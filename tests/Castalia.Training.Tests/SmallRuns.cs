using Castalia.Data;
using Castalia.Formats;
using Castalia.Models;

namespace Castalia.Training.Tests;

/// <summary>Models and data small enough to be trained many times over in a test.</summary>
internal static class SmallRuns
{
    public const int Vocabulary = 64;

    /// <summary>Two micro-batches an update, checkpoints at 0, 1, 2, 4, 8, 16 and 24.</summary>
    public static readonly TrainingOptions Options = new()
    {
        SequenceLength = 16,
        BatchSize = 4,
        MicroBatchSize = 2,
        Steps = 24,
        Precision = TrainingPrecision.BFloat16,
        LearningRate = 1e-2,
        Warmup = 0.1,
        PeakTeraflops = 1,
    };

    public static TransformerConfig Model(int hidden = 32, int layers = 2) => new()
    {
        VocabularySize = Vocabulary,
        HiddenSize = hidden,
        Layers = layers,
        Heads = 4,
        IntermediateSize = 4 * hidden,
        MaxPositions = 16,
    };

    /// <summary>Packs 120 documents in which every token follows from the one before, up to some noise; returns the prefix.</summary>
    public static string WriteTokens(string folder, string name = "train", int seed = 1)
    {
        string prefix = Path.Combine(folder, name);
        var random = new Random(seed);
        using MegatronDatasetWriter writer = MegatronDatasetWriter.Create(prefix, MegatronDType.UInt16);
        for (int document = 0; document < 120; document++)
        {
            int[] tokens = new int[random.Next(5, 60)];
            tokens[0] = random.Next(Vocabulary);
            for (int i = 1; i < tokens.Length; i++)
                tokens[i] = random.Next(8) == 0 ? random.Next(Vocabulary) : (tokens[i - 1] * 5 + 3) % Vocabulary;
            writer.AddSequence(tokens);
            writer.EndDocument();
        }
        writer.Commit();
        return prefix;
    }

    public static PackedDataset Open(string prefix, int samples = 96) =>
        PackedDataset.Open(prefix, new SampleOrderOptions { SequenceLength = Options.SequenceLength, Samples = samples });

    public static TrainingJob Job(PackedDataset samples, string output, TransformerConfig? model = null) =>
        new("small", model ?? Model(), Options, samples, output);
}
