using Castalia.Formats;

namespace Castalia.Data;

/// <summary>
/// Rows of tokens with labels (see <see cref="SupervisedPacker"/>; GPT-NeoX's own are read too) in the order they are trained in: epoch after epoch, each a
/// shuffle of all rows that is a pure function of seed and epoch. Rows are mapped, not held; an epoch's order takes four bytes a row. For one
/// thread at a time.
/// </summary>
public sealed class SupervisedDataset : ISampleSource, IDisposable
{
    /// <summary>The label of a token that is not learned, as in PyTorch and GPT-NeoX.</summary>
    public const int IgnoredLabel = -100;

    /// <summary>What the labels' file names have behind the tokens'.</summary>
    public const string LabelEnding = "_label";

    // What stands behind a row's end: any token will do, as nothing looks at it.
    private const int Padding = 0;

    private readonly MegatronDataset _tokens, _labels;
    private readonly long _seed;
    private int[] _order = [];
    private long _epoch = -1;

    private SupervisedDataset(MegatronDataset tokens, MegatronDataset labels, int sequenceLength, long seed) =>
        (_tokens, _labels, SequenceLength, _seed) = (tokens, labels, sequenceLength, seed);

    /// <inheritdoc/>
    public string Name => _tokens.Prefix;

    /// <inheritdoc/>
    public int SequenceLength { get; }

    /// <summary>How many rows there are: the samples of an epoch.</summary>
    public int Rows => checked((int)_tokens.Count);

    /// <summary>Null: epoch follows epoch.</summary>
    public long? Samples => null;

    /// <inheritdoc/>
    public bool HasLabels => true;

    /// <summary>Opens <c>prefix.bin</c>, <c>prefix_label.bin</c> and their indices.</summary>
    /// <param name="prefix">The tokens' path without its ending.</param>
    /// <param name="sequenceLength">Tokens a sample is trained on. Longer rows are refused.</param>
    /// <param name="seed">The seed of the order.</param>
    /// <exception cref="InputException">A file is missing or damaged, or the two do not fit each other.</exception>
    public static SupervisedDataset Open(string prefix, int sequenceLength, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 1);
        MegatronDataset tokens = MegatronDataset.Open(prefix);
        MegatronDataset? labels = null;
        try
        {
            labels = MegatronDataset.Open(prefix + LabelEnding);
            if (tokens.Count != labels.Count || tokens.Count is 0 or > int.MaxValue)
                throw new InputException(prefix, null, $"expected rows with as many rows of labels, found {tokens.Count} and {labels.Count}.", Remedy);
            return new SupervisedDataset(tokens, labels, sequenceLength, seed);
        }
        catch
        {
            tokens.Dispose();
            labels?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InputException">The labels do not fit the tokens, or a row is longer than a sample.</exception>
    public void Read(long index, Span<int> tokens, Span<int> labels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (tokens.Length != SequenceLength + 1 || labels.Length != tokens.Length)
            throw new ArgumentException($"A sample has {SequenceLength + 1} tokens and labels, the spans {tokens.Length} and {labels.Length}.", nameof(tokens));
        int row = RowAt(index), length = _tokens.Length(row);
        if (_labels.Length(row) != length)
            throw Misfit(row, $"it has {length} tokens and {_labels.Length(row)} labels.");
        if (length > tokens.Length)
            throw new InputException(Name, $"row {row}", $"it has {length} tokens, and a sample has {tokens.Length} at most.", "Prepare the examples again for this sequence length.");
        _tokens.CopyTokens(row, 0, tokens[..length]);
        tokens[length..].Fill(Padding);
        _labels.CopyTokens(row, 0, labels[..length]);
        labels[length..].Fill(IgnoredLabel);
        for (int i = 0; i < length; i++)
        {
            if (labels[i] != IgnoredLabel && labels[i] != tokens[i])
                throw Misfit(row, $"the label of token {i} is {labels[i]}; expected the token, {tokens[i]}, or {IgnoredLabel}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tokens.Dispose();
        _labels.Dispose();
    }

    private const string Remedy = "Prepare the examples again.";

    private int RowAt(long index)
    {
        (long epoch, long place) = Math.DivRem(index, Rows);
        if (epoch != _epoch)
        {
            _order = [.. Enumerable.Range(0, Rows)];
            new NumpyRandomState(unchecked((uint)(_seed + epoch))).Shuffle<int>(_order);
            _epoch = epoch;
        }
        return _order[place];
    }

    private InputException Misfit(int row, string problem) => new(_labels.Prefix, $"row {row}", problem, Remedy);
}
