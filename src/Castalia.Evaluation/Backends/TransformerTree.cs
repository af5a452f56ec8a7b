using Castalia.Models;
using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Evaluation;

/// <summary>A transformer that reads trees of tokens. Computes in the type of its weights.</summary>
/// <remarks>
/// Products of at least this many rows give each row the same bits whatever rows stand beside it, wherever tested (AVX-512, fp32 and bf16); activations
/// take the last few elements of a tensor another way than the rest where it does not fill whole vectors; and everything else goes row by row. So that
/// answers do not depend on what is asked together, a pass has a multiple of this many rows, filled up with padding.
/// </remarks>
internal sealed class TransformerTree(Transformer transformer) : ITreeModel
{
    private const int Rows = 32;

    // More tokens at a time are no faster: products are at full speed, and what they give no longer fits the caches.
    private const int MostTokens = 2048;

    /// <inheritdoc/>
    public int KindOf(int length) =>
        transformer.Config.Position is RotaryPositions { Scaling: DynamicRotaryScaling dynamic } && length > dynamic.OriginalPositions ? length : 0;

    /// <inheritdoc/>
    public ITreeWalk Begin(int longest, int kind) => new Walk(transformer, longest, kind);

    /// <summary>How many tokens to read at a time: as many as make products fast, fewer where the states of so many would take more than an eighth of the memory.</summary>
    public static int TokensFor(TransformerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        long perToken = 4L * (config.QkvSize + config.AttentionSize + 6 * config.HiddenSize + (config.GatedMlp ? 4 : 3) * config.IntermediateSize);
        long free = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;
        return (int)Math.Clamp(free / 8 / perToken, Rows, MostTokens);
    }

    private static int FilledUp(int rows) => Math.Max(1, (rows + Rows - 1) / Rows) * Rows;

    private sealed class Walk(Transformer transformer, int longest, int kind) : ITreeWalk
    {
        private readonly SequencePath _path = new(transformer.Config, longest) { RotaryLength = kind == 0 ? null : kind };

        public (double[] LogProbabilities, bool[] Greedy) Read(TreePass pass)
        {
            using IDisposable noGrad = no_grad();
            using DisposeScope scope = NewDisposeScope();
            var ids = new long[FilledUp(pass.Tokens.Length)];
            for (int i = 0; i < pass.Tokens.Length; i++)
                ids[i] = pass.Tokens[i];
            var wanted = new int[FilledUp(pass.Wanted.Length)];
            wanted.AsSpan().Fill(ids.Length - 1);
            pass.Wanted.CopyTo(wanted, 0);
            Tensor hidden = transformer.Hidden(tensor(ids, [1, ids.Length]), new ForwardOptions
            {
                Tree = new PackedTree(_path, pass.Runs) { Wanted = wanted },
            });                                                                      // [1, wanted, hidden]
            if (pass.Labels.Length == 0)
                return ([], []);
            TransformerWeights weights = transformer.Weights;
            (float[] logProbabilities, bool[] greedy) = ChunkedCrossEntropy.LabelLogProbabilities(
                hidden.squeeze(0), weights.Unembedding, pass.Rows, pass.Labels, weights.UnembeddingBias);
            return (Array.ConvertAll(logProbabilities, value => (double)value), greedy);
        }

        public void Dispose() => _path.Dispose();
    }
}
