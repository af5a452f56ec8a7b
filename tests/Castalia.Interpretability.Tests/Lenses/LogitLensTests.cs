using System.Text.Json;
using Castalia.Models;
using Castalia.Testing;
using TorchSharp;

namespace Castalia.Interpretability.Tests.Lenses;

public sealed class LogitLensTests
{
    private static readonly string Folder = Fixtures.Path("models", "gpt_neox_parallel");

    private static int[][] Golden() => JsonSerializer.Deserialize<int[][]>(File.ReadAllText(Path.Combine(Folder, "input_ids.json")))!;

    [Fact]
    public void The_final_layer_is_the_model_itself()
    {
        using Transformer model = HuggingFaceFolder.Load(Folder, cancellation: TestContext.Current.CancellationToken);
        (IReadOnlyList<LensLayer> layers, long tokens) = LogitLens.Measure(model, Golden(), cancellation: TestContext.Current.CancellationToken);
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expected.json")));
        double loss = expected.RootElement.EnumerateObject().First(property => property.Name.Contains("loss", StringComparison.Ordinal)).Value.GetDouble();

        Assert.Equal(["embedding", "0", "1", "final"], layers.Select(layer => layer.Layer));
        Assert.Equal(2 * 47, tokens);
        Assert.Equal(0, layers[^1].Kl);
        Assert.Equal(loss, layers[^1].CrossEntropy, 1e-4);
        Assert.All(layers.Take(3), layer => Assert.True(layer.Kl > 0));
        Assert.All(layers, layer => Assert.InRange(layer.Entropy, 0, Math.Log(model.Config.VocabularySize)));
        Assert.All(layers, layer => Assert.InRange(layer.RankMean, 1, model.Config.VocabularySize));
    }

    [Fact]
    public void Every_layer_equals_a_computation_by_hand_from_the_golden_hidden_states()
    {
        using Transformer model = HuggingFaceFolder.Load(Folder, cancellation: TestContext.Current.CancellationToken);
        int[][] ids = Golden();
        (IReadOnlyList<LensLayer> layers, _) = LogitLens.Measure(model, ids, cancellation: TestContext.Current.CancellationToken);

        using var file = Castalia.Formats.SafetensorsFile.Open(Path.Combine(Folder, "hidden_states.safetensors"));
        for (int layer = 0; layer < 3; layer++)
        {
            double kl = 0, entropy = 0, crossEntropy = 0;
            var ranks = new List<int>();
            for (int row = 0; row < ids.Length; row++)
            {
                for (int position = 0; position < ids[row].Length - 1; position++)
                {
                    double[] final = Softmax(Logits(model, Hidden(file, 3, row, position), normed: true));
                    double[] lens = Softmax(Logits(model, Hidden(file, layer, row, position), normed: false));
                    int truth = ids[row][position + 1];
                    kl += final.Zip(lens, (p, q) => p * (Math.Log(p) - Math.Log(q))).Sum();
                    entropy -= lens.Sum(q => q * Math.Log(q));
                    crossEntropy -= Math.Log(lens[truth]);
                    ranks.Add(1 + lens.Count(q => q > lens[truth]));
                }
            }
            ranks.Sort();
            Assert.Equal(kl / ranks.Count, layers[layer].Kl, 1e-4);
            Assert.Equal(entropy / ranks.Count, layers[layer].Entropy, 1e-4);
            Assert.Equal(crossEntropy / ranks.Count, layers[layer].CrossEntropy, 1e-4);
            Assert.Equal(ranks.Average(), layers[layer].RankMean, 0.05);
            Assert.Equal((ranks[(ranks.Count - 1) / 2] + ranks[ranks.Count / 2]) / 2.0, layers[layer].RankMedian, 0.51);
        }
    }

    private static float[] Hidden(Castalia.Formats.SafetensorsFile file, int state, int row, int position)
    {
        var entry = file.Tensors[$"hidden_states.{state}"];
        ReadOnlySpan<float> all = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(file.Bytes(entry));
        int sequence = (int)entry.Shape[1], hidden = (int)entry.Shape[2];
        return all.Slice((row * sequence + position) * hidden, hidden).ToArray();
    }

    private static float[] Logits(Transformer model, float[] hidden, bool normed)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        torch.Tensor x = torch.tensor(hidden);
        return [.. model.Logits(normed ? x : model.Normalize(x)).data<float>()];
    }

    private static double[] Softmax(float[] logits)
    {
        double most = logits.Max(), sum = logits.Sum(logit => Math.Exp(logit - most));
        return [.. logits.Select(logit => Math.Exp(logit - most) / sum)];
    }
}
