using System.Security.Cryptography;
using System.Text.Json;
using Castalia.Formats;

namespace Castalia.Data;

/// <summary>
/// The order that samples are trained in: a pure function of the documents' lengths, the sequence length, the number of samples and the seed, equal to
/// GPT-NeoX's (v1.0, the one Pythia was trained with) to the last index. It lives in GPT-NeoX's own three index files, read through memory
/// maps; files that GPT-NeoX made are used as they are.
/// </summary>
public sealed unsafe class SampleOrder : IDisposable
{
    /// <summary>Ending of the document index: int32, every document of every epoch, shuffled.</summary>
    public const string DocumentEnding = "_doc_idx.npy";

    /// <summary>Ending of the sample index: [samples + 1, 2] of position in the document index and token in that document; int32, or int64 where that is too small.</summary>
    public const string SampleEnding = "_sample_idx.npy";

    /// <summary>Ending of the shuffle index: uint32, or int64 from 2^32 - 2 samples on.</summary>
    public const string ShuffleEnding = "_shuffle_idx.npy";

    /// <summary>Ending of the note about which documents the index files were made for.</summary>
    public const string NoteEnding = "_order.json";

    private const int LengthsPiece = 1 << 16;

    private readonly NpyFile _documents;
    private readonly NpyFile _samples;
    private readonly NpyFile _shuffle;
    private readonly SampleOrderPlan _plan;

    private SampleOrder(NpyFile documents, NpyFile samples, NpyFile shuffle, SampleOrderPlan plan) =>
        (_documents, _samples, _shuffle, _plan) = (documents, samples, shuffle, plan);

    /// <summary>How many samples the index files hold. GPT-NeoX calls the dataset one shorter; see <see cref="PackedDataset.Count"/>.</summary>
    public long Samples => _plan.Samples;

    /// <summary>How many epochs of the documents are shuffled together.</summary>
    public int Epochs => _plan.Epochs;

    /// <summary>Entries of the document index.</summary>
    public long DocumentEntries => _plan.DocumentEntries;

    /// <summary>Opens the order of a dataset, building its index files first where they are missing or were made for other documents.</summary>
    /// <param name="dataset">The packed tokens.</param>
    /// <param name="options">Sequence length, samples and seed.</param>
    /// <param name="prefix">What the index files' names begin with; null for the dataset's own prefix, as GPT-NeoX has it.</param>
    /// <param name="progress">Told how far the shuffles are.</param>
    /// <param name="cancellationToken">Stops the building; no index file is left half-written.</param>
    /// <exception cref="InputException">The dataset is too small for one sample, an index file is damaged, or the disk is full.</exception>
    public static SampleOrder Open(
        MegatronDataset dataset,
        SampleOrderOptions options,
        string? prefix = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return Open(new DatasetLengths(dataset), options, prefix ?? dataset.Prefix, progress, cancellationToken);
    }

    /// <summary>The same for documents of which only the lengths are at hand.</summary>
    /// <param name="lengths">Tokens of each document.</param>
    /// <param name="options">Sequence length, samples and seed.</param>
    /// <param name="prefix">What the index files' names begin with.</param>
    /// <param name="progress">Told how far the shuffles are.</param>
    /// <param name="cancellationToken">Stops the building.</param>
    /// <inheritdoc cref="Open(MegatronDataset, SampleOrderOptions, string?, IProgress{WorkProgress}?, CancellationToken)" path="/exception"/>
    public static SampleOrder Open(
        ReadOnlyMemory<int> lengths,
        SampleOrderOptions options,
        string prefix,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        Open(new ListedLengths(lengths), options, prefix, progress, cancellationToken);

    /// <summary>The document at a position of the document index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    public int DocumentAt(long position) => _documents.At<int>(position);

    /// <summary>Where a sample begins: position in the document index, and token in that document. The one past the last sample says where that ends.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public (long Position, long Offset) SampleAt(long sample) => _plan.WideSamples
        ? (_samples.At<long>(2 * sample), _samples.At<long>((2 * sample) + 1))
        : (_samples.At<int>(2 * sample), _samples.At<int>((2 * sample) + 1));

    /// <summary>The sample that comes at an index of the training order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such index.</exception>
    public long ShuffledAt(long index) => _plan.WideShuffle ? _shuffle.At<long>(index) : _shuffle.At<uint>(index);

    /// <summary>Unmaps the index files.</summary>
    public void Dispose()
    {
        _documents.Dispose();
        _samples.Dispose();
        _shuffle.Dispose();
    }

    private static SampleOrder Open(
        IDocumentLengths lengths, SampleOrderOptions options, string prefix, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        string indexPrefix = options.IndexPrefix(prefix);
        (long tokens, string hash) = Measure(lengths);
        SampleOrderPlan plan = SampleOrderPlan.For(prefix, lengths.Count, tokens, options);
        if (IsNotedFor(indexPrefix, hash) && TryOpen(indexPrefix, plan) is SampleOrder upToDate)
            return upToDate;

        // Files of other documents go first and the note comes before the files: whenever a kill falls, files without a note are GPT-NeoX's.
        Directory.CreateDirectory(FolderOf(indexPrefix));
        foreach (string ending in (string[])[DocumentEnding, SampleEnding, ShuffleEnding])
            File.Delete(indexPrefix + ending);
        AtomicFile.WriteAllText(indexPrefix + NoteEnding, JsonSerializer.Serialize(new Note(hash)) + "\n");
        try
        {
            using (var all = new ScratchArray<int>(FolderOf(indexPrefix), lengths.Count))
            {
                for (long start = 0; start < lengths.Count; start += LengthsPiece)
                    lengths.Copy(start, new Span<int>(all.Items + start, (int)Math.Min(LengthsPiece, lengths.Count - start)));
                new SampleOrderBuilder(plan, options, indexPrefix, progress, cancellationToken).Build(all);
            }
        }
        catch
        {
            File.Delete(indexPrefix + NoteEnding); // a note of nothing
            throw;
        }
        return TryOpen(indexPrefix, plan)
            ?? throw new InputException(indexPrefix, null, "its index files were changed by somebody else while they were being made.", "Run the same command again.");
    }

    // Null where a file is missing or has the shape of another dataset's.
    private static SampleOrder? TryOpen(string indexPrefix, SampleOrderPlan plan)
    {
        string[] paths = [indexPrefix + DocumentEnding, indexPrefix + SampleEnding, indexPrefix + ShuffleEnding];
        if (!paths.All(File.Exists))
            return null;
        var files = new List<NpyFile>();
        try
        {
            foreach (string path in paths)
                files.Add(NpyFile.Open(path));
            if (Holds(files[0], NpyDType.Int32, plan.DocumentEntries)
                && Holds(files[1], plan.WideSamples ? NpyDType.Int64 : NpyDType.Int32, plan.Samples + 1, 2)
                && Holds(files[2], plan.WideShuffle ? NpyDType.Int64 : NpyDType.UInt32, plan.Samples))
            {
                var order = new SampleOrder(files[0], files[1], files[2], plan);
                files.Clear();
                return order;
            }
            return null;
        }
        catch (InputException)
        {
            return null; // damaged: what can be made again is not worth an error
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private static bool Holds(NpyFile file, NpyDType type, params ReadOnlySpan<long> shape) =>
        file.DType == type && shape.SequenceEqual([.. file.Shape]);

    // Files without a note are GPT-NeoX's own; their shapes decide.
    private static bool IsNotedFor(string indexPrefix, string lengthsHash)
    {
        string path = indexPrefix + NoteEnding;
        if (!File.Exists(path))
            return true;
        try
        {
            return JsonSerializer.Deserialize<Note>(File.ReadAllText(path))?.LengthsSha256 == lengthsHash;
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            return false;
        }
    }

    private static (long Tokens, string Hash) Measure(IDocumentLengths lengths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int[] piece = new int[(int)Math.Min(LengthsPiece, lengths.Count)];
        long tokens = 0;
        for (long start = 0; start < lengths.Count; start += LengthsPiece)
        {
            Span<int> part = piece.AsSpan(0, (int)Math.Min(LengthsPiece, lengths.Count - start));
            lengths.Copy(start, part);
            foreach (int length in part)
            {
                if (length < 0)
                    throw new InputException("document lengths", null, $"one of the {lengths.Count:N0} documents has {length} tokens.", "Pack the tokens again.");
                tokens += length;
            }
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(part));
        }
        return (tokens, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static string FolderOf(string indexPrefix)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(indexPrefix))!;
        Directory.CreateDirectory(folder);
        return folder;
    }

    private sealed record Note(string LengthsSha256);
}
