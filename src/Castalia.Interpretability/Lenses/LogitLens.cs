using Castalia.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Interpretability;

/// <summary>
/// The logit lens (nostalgebraist 2020; the baseline of Belrose et al. 2023): the residual stream after each block, read as if it were the
/// last, softmax(U · norm_f(h)). Shows at which depth a prediction forms.
/// </summary>
public static class LogitLens
{
    // Positions whose logits of one layer are in memory at once, for a vocabulary of 50,000 some 25 MB in fp32.
    private const int PositionsAtOnce = 128;

    /// <summary>Reads every layer on whole sequences.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sequences">Token ids of equal length, at least two each; each token but a sequence's first is a prediction's truth.</param>
    /// <param name="onSequence">Told how many sequences are done.</param>
    /// <param name="cancellation">Stops between two sequences.</param>
    /// <returns>The layers, and over how many predictions their means are.</returns>
    /// <exception cref="ArgumentException">There is no sequence, or one is shorter than two tokens.</exception>
    public static (IReadOnlyList<LensLayer> Layers, long Tokens) Measure(
        Transformer model, IReadOnlyList<int[]> sequences, Action<int>? onSequence = null, CancellationToken cancellation = default)
    {
        if (sequences.Count == 0 || sequences.Any(sequence => sequence.Length < 2))
            throw new ArgumentException("A lens needs at least one sequence, and every sequence at least two tokens.", nameof(sequences));
        using IDisposable noGradient = no_grad();
        LayerSums[] sums = [.. Names(model.Config).Select(name => new LayerSums(name, model.Config.VocabularySize))];
        for (int i = 0; i < sequences.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Add(model, sequences[i], sums);
            onSequence?.Invoke(i + 1);
        }
        return ([.. sums.Select(sum => sum.Mean())], sums[^1].Count);
    }

    /// <summary>What the layers are called: <c>embedding</c>, each block but the last by its index, <c>final</c>.</summary>
    public static IReadOnlyList<string> Names(TransformerConfig config) =>
        ["embedding", .. Enumerable.Range(0, config.Layers - 1).Select(layer => layer.ToString(System.Globalization.CultureInfo.InvariantCulture)), "final"];

    private static void Add(Transformer model, int[] sequence, LayerSums[] sums)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor ids = tensor([.. sequence.Select(id => (long)id)], [1, sequence.Length]);
        using var recorder = new ActivationRecorder([TapPlaces.Embedding, .. Enumerable.Range(0, model.Config.Layers - 1).Select(TapPlaces.Residual), TapPlaces.FinalNorm]);
        model.Hidden(ids, new ForwardOptions { Tap = recorder }); // [1, sequence, hidden]
        for (int start = 0; start < sequence.Length - 1; start += PositionsAtOnce)
        {
            int count = Math.Min(PositionsAtOnce, sequence.Length - 1 - start);
            using DisposeScope chunk = NewDisposeScope();
            Tensor truth = ids[0].narrow(0, start + 1, count).unsqueeze(1); // [count, 1]
            Tensor final = LogProbabilities(model, recorder[TapPlaces.FinalNorm], start, count); // [count, vocabulary]
            Tensor probabilities = final.exp();
            sums[^1].Add(final, final, probabilities, truth);
            for (int layer = 0; layer < sums.Length - 1; layer++)
            {
                using DisposeScope one = NewDisposeScope();
                Tensor residual = recorder[layer == 0 ? TapPlaces.Embedding : TapPlaces.Residual(layer - 1)];
                sums[layer].Add(LogProbabilities(model, model.Normalize(residual), start, count), final, probabilities, truth);
            }
        }
    }

    private static Tensor LogProbabilities(Transformer model, Tensor normed, int start, int count) =>
        model.Logits(normed[0].narrow(0, start, count)).to(ScalarType.Float32).log_softmax(-1);

    /// <summary>What is added up of one layer, in double precision; ranks as counts, so that their median is exact.</summary>
    private sealed class LayerSums(string name, int vocabulary)
    {
        private readonly long[] _ranks = new long[vocabulary + 1];
        private double _kl, _entropy, _crossEntropy;

        public long Count { get; private set; }

        public void Add(Tensor lens, Tensor final, Tensor probabilities, Tensor truth) // [count, vocabulary]; truth [count, 1]
        {
            Tensor score = lens.gather(1, truth); // [count, 1]
            _kl += ReferenceEquals(lens, final) ? 0 : (probabilities * (final - lens)).sum(ScalarType.Float64).item<double>();
            _entropy -= (lens.exp() * lens).sum(ScalarType.Float64).item<double>();
            _crossEntropy -= score.sum(ScalarType.Float64).item<double>();
            foreach (long better in lens.gt(score).sum(1).data<long>())
                _ranks[better + 1]++;
            Count += truth.shape[0];
        }

        public LensLayer Mean() => new(name, _kl / Count, _entropy / Count, RankMean(), RankMedian(), _crossEntropy / Count);

        private double RankMean()
        {
            double sum = 0;
            for (int rank = 1; rank < _ranks.Length; rank++)
                sum += (double)rank * _ranks[rank];
            return sum / Count;
        }

        private double RankMedian() => (RankAt((Count - 1) / 2) + RankAt(Count / 2)) / 2.0;

        private int RankAt(long position)
        {
            long before = 0;
            for (int rank = 1; rank < _ranks.Length; rank++)
            {
                before += _ranks[rank];
                if (before > position)
                    return rank;
            }
            return _ranks.Length - 1;
        }
    }
}
