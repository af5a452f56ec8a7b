using Castalia.Formats;

namespace Castalia.Data;

/// <summary>
/// Packed tokens in the order they are trained in: samples of one sequence and one token more, cut across documents. Nothing is held in memory; any number
/// of threads may read at once.
/// </summary>
public sealed class PackedDataset : ISampleSource, IDisposable
{
    private readonly MegatronDataset _tokens;
    private readonly SampleOrder _order;

    private PackedDataset(MegatronDataset tokens, SampleOrder order, SampleOrderOptions options) =>
        (_tokens, _order, SequenceLength) = (tokens, order, options.SequenceLength);

    /// <summary>Tokens a sample is trained on; a sample holds one more.</summary>
    public int SequenceLength { get; }

    /// <inheritdoc/>
    string ISampleSource.Name => _tokens.Prefix;

    /// <inheritdoc/>
    long? ISampleSource.Samples => _order.Samples;

    /// <inheritdoc/>
    bool ISampleSource.HasLabels => false;

    /// <summary>
    /// Samples before the order repeats. One less than the index files hold: GPT-NeoX's dataset counts so and never reaches its last sample, and what
    /// comes after the end depends on it.
    /// </summary>
    public long Count => _order.Samples - 1;

    /// <summary>The order in which the samples come.</summary>
    public SampleOrder Order => _order;

    /// <summary>The tokens themselves, document by document.</summary>
    public MegatronDataset Tokens => _tokens;

    /// <summary>Opens <c>prefix.bin</c>, <c>prefix.idx</c> and the order's index files, which are built first where they are not there.</summary>
    /// <param name="prefix">The packed tokens' path without its ending.</param>
    /// <param name="options">Sequence length, samples and seed.</param>
    /// <param name="indexPrefix">What the index files' names begin with; null for <paramref name="prefix"/>, as GPT-NeoX has it.</param>
    /// <param name="progress">Told how far the building is.</param>
    /// <param name="cancellationToken">Stops the building.</param>
    /// <exception cref="InputException">A file is missing or damaged, or the dataset is too small for one sample.</exception>
    public static PackedDataset Open(
        string prefix,
        SampleOrderOptions options,
        string? indexPrefix = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        MegatronDataset tokens = MegatronDataset.Open(prefix);
        try
        {
            return new PackedDataset(tokens, SampleOrder.Open(tokens, options, indexPrefix, progress, cancellationToken), options);
        }
        catch
        {
            tokens.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Copies a sample. Inputs are all its tokens but the last, labels all but the first. Step <c>s</c> of a run with batches of <c>b</c> reads
    /// the samples <c>s * b</c> to <c>s * b + b - 1</c>.
    /// </summary>
    /// <param name="index">The place in the training order, from 0. Past the last sample it goes on from the start, by the remainder modulo <see cref="Count"/>.</param>
    /// <param name="tokens">Filled whole; <see cref="SequenceLength"/> + 1 long.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="InputException">The index files do not fit the tokens.</exception>
    public void GetSample(long index, Span<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (tokens.Length != SequenceLength + 1)
            throw new ArgumentException($"A sample has {SequenceLength + 1} tokens, the span {tokens.Length}.", nameof(tokens));
        if (index >= _order.Samples)
            index = Count > 0 ? index % Count : 0;
        long sample = _order.ShuffledAt(index);
        if (sample < 0 || sample >= _order.Samples)
            throw Misfit($"index {index} names sample {sample} of {_order.Samples}.");
        (long position, long offset) = _order.SampleAt(sample);
        while (tokens.Length > 0)
        {
            if (position < 0 || position >= _order.DocumentEntries)
                throw Misfit($"sample {sample} reaches position {position} of {_order.DocumentEntries}.");
            int document = _order.DocumentAt(position);
            if (document < 0 || document >= _tokens.Count)
                throw Misfit($"position {position} names document {document} of {_tokens.Count}.");
            int length = _tokens.Length(document);
            if (offset < 0 || offset > length)
                throw Misfit($"sample {sample} begins at token {offset} of a document of {length}.");
            int taken = (int)Math.Min(length - offset, tokens.Length);
            _tokens.CopyTokens(document, (int)offset, tokens[..taken]);
            tokens = tokens[taken..];
            position++;
            offset = 0;
        }
    }

    /// <inheritdoc/>
    void ISampleSource.Read(long index, Span<int> tokens, Span<int> labels) => GetSample(index, tokens);

    /// <summary>Unmaps all files.</summary>
    public void Dispose()
    {
        _order.Dispose();
        _tokens.Dispose();
    }

    private InputException Misfit(string problem) => new(
        _tokens.Prefix, null, "the index files do not fit the tokens: " + problem, $"Delete the files {Path.GetFileName(_tokens.Prefix)}_*_indexmap_*; they are made again.");
}
