using System.Text.Json;
using Castalia.Formats;

namespace Castalia.Interpretability;

/// <summary>How a layer's residual stream reads as a prediction, averaged over tokens.</summary>
/// <param name="Layer">What was read: <c>embedding</c>, the index of the block that wrote it, or <c>final</c> for the model's own output.</param>
/// <param name="Kl">KL divergence of the lens's distribution from the model's, Σ p_final (log p_final − log q), in nats. 0 at <c>final</c>.</param>
/// <param name="Entropy">Entropy of the lens's distribution, in nats.</param>
/// <param name="RankMean">Mean rank of the true next token, 1 for the first guess; tokens with equal scores share the better rank.</param>
/// <param name="RankMedian">Median rank of the true next token.</param>
/// <param name="CrossEntropy">Cross-entropy of the true next token, in nats.</param>
public sealed record LensLayer(string Layer, double Kl, double Entropy, double RankMean, double RankMedian, double CrossEntropy);

/// <summary>A lens over one model: the content of a step's file.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Step">The checkpoint's step; null for a model that is not one of a run.</param>
/// <param name="Tokens">Predictions that the means are over.</param>
/// <param name="Layers">From the embedding to the output.</param>
public sealed record LensReport(string Model, long? Step, long Tokens, IReadOnlyList<LensLayer> Layers)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Writes the report, whole or not at all.</summary>
    public void Save(string path) => AtomicFile.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>Reads a report.</summary>
    /// <exception cref="InputException">The file is missing or not one.</exception>
    public static LensReport Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<LensReport>(File.ReadAllBytes(path), Json) ?? throw new JsonException("found null");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new InputException(path, null, $"expected a lens report: {e.Message}", "Make it again with 'castalia lens'.", e);
        }
    }
}
