namespace Castalia.Models;

/// <summary>One model of the Pythia suite: its shape, the learning rate it was trained with and how it was initialised.</summary>
/// <param name="Name">The name in the suite: <c>70m</c>, <c>1.4b</c>.</param>
/// <param name="Config">The released model's shape, with the exact GELU of its <c>config.json</c>; training itself used the tanh form.</param>
/// <param name="LearningRate">Peak learning rate in the pythia repository.</param>
/// <param name="Init">Initialisation in the pythia repository.</param>
public sealed record PythiaSize(string Name, TransformerConfig Config, double LearningRate, WeightInit Init);

/// <summary>
/// The ten sizes of Pythia (Biderman et al. 2023) as their training configurations have them: 50,277 tokens of vocabulary padded to
/// a multiple of 128 times the tensor-parallel ranks, 2048 positions, a quarter of each head rotary, parallel residual.
/// </summary>
public static class PythiaSizes
{
    /// <summary>All ten, from the smallest up.</summary>
    public static IReadOnlyList<PythiaSize> All { get; } =
    [
        Size("14m", layers: 6, hidden: 128, heads: 4, 1e-3),
        Size("31m", layers: 6, hidden: 256, heads: 8, 1e-3),
        Size("70m", layers: 6, hidden: 512, heads: 8, 1e-3),
        Size("160m", layers: 12, hidden: 768, heads: 12, 6e-4),
        Size("410m", layers: 24, hidden: 1024, heads: 16, 3e-4),
        Size("1b", layers: 16, hidden: 2048, heads: 8, 2.5e-4),
        Size("1.4b", layers: 24, hidden: 2048, heads: 16, 2e-4),
        Size("2.8b", layers: 32, hidden: 2560, heads: 32, 1.6e-4),
        Size("6.9b", layers: 32, hidden: 4096, heads: 32, 1.2e-4, vocabulary: 50432, WeightInit.Normal),
        Size("12b", layers: 36, hidden: 5120, heads: 40, 1.2e-4, vocabulary: 50688, WeightInit.Normal),
    ];

    /// <summary>The size of a name, with or without <c>pythia-</c> before it.</summary>
    /// <exception cref="ArgumentException">No size has that name; the message lists them.</exception>
    public static PythiaSize Named(string name)
    {
        string bare = name.StartsWith("pythia-", StringComparison.OrdinalIgnoreCase) ? name["pythia-".Length..] : name;
        return All.FirstOrDefault(size => size.Name.Equals(bare, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"No Pythia model is called '{name}'; there are {string.Join(", ", All.Select(size => size.Name))}.", nameof(name));
    }

    private static PythiaSize Size(
        string name, int layers, int hidden, int heads, double learningRate, int vocabulary = 50304, WeightInit? init = null) =>
        new(name, new TransformerConfig
        {
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            Layers = layers,
            Heads = heads,
            IntermediateSize = 4 * hidden,
            MaxPositions = 2048,
        }, learningRate, init ?? WeightInit.Pythia);
}
