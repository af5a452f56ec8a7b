using System.Numerics;

namespace Castalia.Formats;

/// <summary>
/// Packed tokens in Megatron's and GPT-NeoX's memory-mapped format: <c>prefix.bin</c> holds the tokens of all sequences, <c>prefix.idx</c>
/// where each starts. Any size; reading takes no memory and any number of threads may do it at once.
/// Layout after GPT-NeoX <c>megatron/data/indexed_dataset.py</c>.
/// </summary>
public sealed unsafe class MegatronDataset : IDisposable
{
    private readonly MappedFile _idx;
    private readonly MappedFile _bin;
    private readonly MegatronIndex _index;
    private readonly int _itemSize;

    private MegatronDataset(string prefix, MappedFile idx, MappedFile bin, MegatronIndex index)
    {
        (Prefix, _idx, _bin, _index) = (prefix, idx, bin, index);
        _itemSize = index.DType.Size();
    }

    /// <summary>The path without <c>.bin</c> and <c>.idx</c>.</summary>
    public string Prefix { get; }

    /// <summary>The element type of the tokens on disk.</summary>
    public MegatronDType DType => _index.DType;

    /// <summary>How many sequences there are. GPT-NeoX's sample order treats each as a document.</summary>
    public long Count => _index.Sequences;

    /// <summary>How many documents the document index names.</summary>
    public long DocumentCount => Math.Max(0, _index.DocumentEntries - 1);

    /// <summary>All tokens of the <c>.bin</c>.</summary>
    public long TokenCount => _bin.Length / _itemSize;

    /// <summary>Opens <c>prefix.bin</c> and <c>prefix.idx</c>. Costs the same for any size: see <see cref="Validate"/> for a full check.</summary>
    /// <exception cref="InputException">A file is missing, the index is not one, its element type is not of tokens, or the <c>.bin</c>
    /// is shorter than the index says.</exception>
    public static MegatronDataset Open(string prefix) => Open(prefix, MappedFile.Open);

    /// <summary>Opens a dataset whose files come from elsewhere than the disk.</summary>
    internal static MegatronDataset Open(string prefix, Func<string, MappedFile> map)
    {
        MappedFile? idx = null;
        MappedFile? bin = null;
        try
        {
            idx = map(prefix + ".idx");
            MegatronIndex index = MegatronIndex.Read(idx);
            if (index.DType is MegatronDType.Float32 or MegatronDType.Float64)
                throw new InputException(idx.Path, "byte 17", $"expected integers, found {index.DType}: these are no tokens.", "Name a dataset of tokens.");
            bin = map(prefix + ".bin");
            var dataset = new MegatronDataset(prefix, idx, bin, index);
            if (dataset.Count > 0)
                dataset.Locate(dataset.Count - 1, out _); // the last sequence tells a .bin that was cut short
            return dataset;
        }
        catch
        {
            idx?.Dispose();
            bin?.Dispose();
            throw;
        }
    }

    /// <summary>Tokens of a sequence.</summary>
    /// <exception cref="InputException">The index gives a negative length.</exception>
    public int Length(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, Count);
        _ = _idx.Pointer; // throws if closed
        int size = _index.Size(sequence);
        return size >= 0
            ? size
            : throw new InputException(_idx.Path, $"sequence {sequence}", $"its length is {size}.", MegatronIndex.Remedy);
    }

    /// <summary>Copies all sequence lengths, in tokens, for as many as the destination holds.</summary>
    /// <param name="start">The first sequence.</param>
    /// <param name="destination">Filled from there; must not reach past <see cref="Count"/>.</param>
    public void CopyLengths(long start, Span<int> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Count - destination.Length);
        _ = _idx.Pointer;
        for (int i = 0; i < destination.Length; i++)
            destination[i] = _index.Size(start + i);
    }

    /// <summary>Copies tokens of one sequence, widened to 32 bits.</summary>
    /// <param name="sequence">The sequence, from 0.</param>
    /// <param name="offset">The first token wanted, from the sequence's start.</param>
    /// <param name="destination">Filled whole; must not reach past the sequence's end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The piece is not inside the sequence.</exception>
    /// <exception cref="InputException">The index points outside the <c>.bin</c>, or a 64-bit token exceeds 32 bits.</exception>
    public void CopyTokens(long sequence, int offset, Span<int> destination)
    {
        byte* start = Locate(sequence, out int length);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, length - destination.Length);
        start += (long)offset * _itemSize;
        int count = destination.Length;
        switch (DType)
        {
            case MegatronDType.UInt16:
                Widen(new ReadOnlySpan<ushort>(start, count), destination);
                break;
            case MegatronDType.Int32:
                new ReadOnlySpan<int>(start, count).CopyTo(destination);
                break;
            case MegatronDType.UInt8:
                Convert(new ReadOnlySpan<byte>(start, count), destination);
                break;
            case MegatronDType.Int8:
                Convert(new ReadOnlySpan<sbyte>(start, count), destination);
                break;
            case MegatronDType.Int16:
                Convert(new ReadOnlySpan<short>(start, count), destination);
                break;
            default:
                Narrow(sequence, new ReadOnlySpan<long>(start, count), destination);
                break;
        }
    }

    /// <summary>All tokens of one sequence.</summary>
    /// <inheritdoc cref="CopyTokens" path="/exception"/>
    public int[] Tokens(long sequence)
    {
        Locate(sequence, out int length); // before a length that may be anything is allocated
        int[] tokens = new int[length];
        CopyTokens(sequence, 0, tokens);
        return tokens;
    }

    /// <summary>The sequences of a document: the first, and the one after the last.</summary>
    /// <exception cref="InputException">The document index runs backwards or past the sequences.</exception>
    public (long Start, long End) Document(long document)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(document);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(document, DocumentCount);
        _ = _idx.Pointer;
        long start = _index.Document(document);
        long end = _index.Document(document + 1);
        return start >= 0 && start <= end && end <= Count
            ? (start, end)
            : throw new InputException(_idx.Path, $"document {document}", $"its sequences would run from {start} to {end} of {Count}.", MegatronIndex.Remedy);
    }

    /// <summary>Checks every sequence and document of the index against the <c>.bin</c>. One pass over the index.</summary>
    /// <exception cref="InputException">Says which is at fault and how.</exception>
    public void Validate(IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        const int ReportEvery = 1 << 20;
        for (long sequence = 0; sequence < Count; sequence++)
        {
            Locate(sequence, out _);
            if (sequence % ReportEvery == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new WorkProgress($"check {Path.GetFileName(Prefix)}.idx", sequence, Count, "sequences"));
            }
        }
        for (long document = 0; document < DocumentCount; document++)
            Document(document);
    }

    /// <summary>Unmaps both files.</summary>
    public void Dispose()
    {
        _idx.Dispose();
        _bin.Dispose();
    }

    // The first byte of a sequence, known to lie with all its tokens inside the .bin.
    private byte* Locate(long sequence, out int length)
    {
        length = Length(sequence);
        long offset = _index.Offset(sequence);
        long bytes = (long)length * _itemSize;
        if (offset < 0 || offset > _bin.Length - bytes)
        {
            throw new InputException(
                _bin.Path, $"sequence {sequence}",
                $"the index puts it at bytes {offset} to {(Int128)offset + bytes}, the file has {_bin.Length}.", MegatronIndex.Remedy);
        }
        return _bin.Pointer + offset;
    }

    private static void Widen(ReadOnlySpan<ushort> tokens, Span<int> destination)
    {
        int i = 0;
        for (; i <= tokens.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(tokens[i..]), out Vector<uint> low, out Vector<uint> high);
            low.As<uint, int>().CopyTo(destination[i..]);
            high.As<uint, int>().CopyTo(destination[(i + Vector<uint>.Count)..]);
        }
        Convert(tokens[i..], destination[i..]);
    }

    private static void Convert<T>(ReadOnlySpan<T> tokens, Span<int> destination) where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < tokens.Length; i++)
            destination[i] = int.CreateTruncating(tokens[i]);
    }

    private void Narrow(long sequence, ReadOnlySpan<long> tokens, Span<int> destination)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            long token = tokens[i];
            if (token != (int)token)
                throw new InputException(_bin.Path, $"sequence {sequence}", $"the token {token} does not fit 32 bits.", "Check that this is a dataset of tokens.");
            destination[i] = (int)token;
        }
    }
}
