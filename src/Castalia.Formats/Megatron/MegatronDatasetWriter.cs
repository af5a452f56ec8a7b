using System.Buffers.Binary;

namespace Castalia.Formats;

/// <summary>
/// Writes <c>prefix.bin</c> and <c>prefix.idx</c> as GPT-NeoX's preprocessing does, byte for byte, in constant memory: the lengths go to
/// spool files until <see cref="Commit"/> puts the index together. Both files appear only when both are whole.
/// </summary>
/// <example><code>
/// using var writer = MegatronDatasetWriter.Create("tokens/train", MegatronDTypes.ForVocabulary(4096));
/// foreach (int[] tokens in documents)
/// {
///     writer.AddSequence(tokens);
///     writer.EndDocument();
/// }
/// writer.Commit();
/// </code></example>
public sealed class MegatronDatasetWriter : IDisposable
{
    private readonly string _prefix;
    private readonly MegatronDType _type;
    private readonly AtomicFile _bin;
    private readonly AtomicFile _idx;
    private readonly SpoolFile _sizes;
    private readonly SpoolFile _documents;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private long _sequencesAtLastDocument;
    private bool _committed;

    private MegatronDatasetWriter(string prefix, MegatronDType type)
    {
        (_prefix, _type) = (prefix, type);
        try
        {
            _bin = AtomicFile.Create(prefix + ".bin");
            _idx = AtomicFile.Create(prefix + ".idx");
            _sizes = SpoolFile.Create(prefix + ".idx");
            _documents = SpoolFile.Create(prefix + ".idx");
        }
        catch
        {
            Dispose();
            throw;
        }
        WriteDocumentEntry(0);
    }

    /// <summary>Sequences added so far.</summary>
    public long SequenceCount { get; private set; }

    /// <summary>Documents ended so far.</summary>
    public long DocumentCount { get; private set; }

    /// <summary>Tokens added so far.</summary>
    public long TokenCount { get; private set; }

    /// <summary>Starts a dataset.</summary>
    /// <param name="prefix">The path without <c>.bin</c> and <c>.idx</c>. Missing folders are made.</param>
    /// <param name="type">The element type; see <see cref="MegatronDTypes.ForVocabulary"/>.</param>
    /// <exception cref="ArgumentException">The type holds no tokens.</exception>
    /// <exception cref="InputException">The files cannot be written here.</exception>
    public static MegatronDatasetWriter Create(string prefix, MegatronDType type)
    {
        if (type is MegatronDType.Float32 or MegatronDType.Float64 || !Enum.IsDefined(type))
            throw new ArgumentException($"Tokens cannot be stored as {type}.", nameof(type));
        return new MegatronDatasetWriter(prefix, type);
    }

    /// <summary>Adds one sequence to the document in hand.</summary>
    /// <param name="tokens">Its token ids; none is allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id does not fit the element type. Nothing of the sequence counts as added.</exception>
    /// <exception cref="InputException">The disk is full.</exception>
    public void AddSequence(ReadOnlySpan<int> tokens)
    {
        ObjectDisposedException.ThrowIf(_committed, this);
        WriteTokens(tokens);
        Span<byte> size = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(size, tokens.Length);
        _sizes.Stream.Write(size);
        SequenceCount++;
        TokenCount += tokens.Length;
    }

    /// <summary>Ends the document that the sequences since the last call make up.</summary>
    /// <exception cref="InputException">The disk is full.</exception>
    public void EndDocument()
    {
        ObjectDisposedException.ThrowIf(_committed, this);
        WriteDocumentEntry(SequenceCount);
        DocumentCount++;
        _sequencesAtLastDocument = SequenceCount;
    }

    /// <summary>Ends the document in hand if it has sequences, writes the index and gives both files their names. Once only.</summary>
    /// <exception cref="InputException">The disk is full.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_committed, this);
        if (_sequencesAtLastDocument != SequenceCount)
            EndDocument();
        WriteIndex();
        // An index of an earlier dataset goes first: at no instant does one stand beside a .bin that it does not describe.
        RemoveOldIndex();
        _bin.Commit();
        _idx.Commit();
        _committed = true;
        Dispose();
    }

    /// <summary>Throws everything away if it has not been committed.</summary>
    public void Dispose()
    {
        _committed = true;
        // Any of them may be missing if the constructor failed half-way.
        _bin?.Dispose();
        _idx?.Dispose();
        _sizes?.Dispose();
        _documents?.Dispose();
    }

    private void WriteTokens(ReadOnlySpan<int> tokens)
    {
        CheckRange(tokens);
        int itemSize = _type.Size();
        int piece = _buffer.Length / itemSize;
        for (int done = 0; done < tokens.Length; done += piece)
        {
            ReadOnlySpan<int> part = tokens.Slice(done, Math.Min(piece, tokens.Length - done));
            Pack(part, _buffer);
            _bin.Stream.Write(_buffer, 0, part.Length * itemSize);
        }
    }

    private void CheckRange(ReadOnlySpan<int> tokens)
    {
        (int least, int most) = _type switch
        {
            MegatronDType.UInt8 => (byte.MinValue, byte.MaxValue),
            MegatronDType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
            MegatronDType.Int16 => (short.MinValue, short.MaxValue),
            MegatronDType.UInt16 => (ushort.MinValue, ushort.MaxValue),
            _ => (int.MinValue, int.MaxValue),
        };
        foreach (int token in tokens)
        {
            if (token < least || token > most)
                throw new ArgumentOutOfRangeException(nameof(tokens), token, $"The token does not fit {_type}.");
        }
    }

    private void Pack(ReadOnlySpan<int> tokens, Span<byte> bytes)
    {
        switch (_type.Size())
        {
            case 1:
                for (int i = 0; i < tokens.Length; i++)
                    bytes[i] = (byte)tokens[i];
                break;
            case 2:
                for (int i = 0; i < tokens.Length; i++)
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes[(2 * i)..], (ushort)tokens[i]);
                break;
            case 4:
                for (int i = 0; i < tokens.Length; i++)
                    BinaryPrimitives.WriteInt32LittleEndian(bytes[(4 * i)..], tokens[i]);
                break;
            default:
                for (int i = 0; i < tokens.Length; i++)
                    BinaryPrimitives.WriteInt64LittleEndian(bytes[(8 * i)..], tokens[i]);
                break;
        }
    }

    private void WriteDocumentEntry(long sequences)
    {
        Span<byte> entry = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(entry, sequences);
        _documents.Stream.Write(entry);
    }

    private void WriteIndex()
    {
        Stream idx = _idx.Stream;
        Span<byte> header = stackalloc byte[MegatronIndex.HeaderLength];
        MegatronIndex.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt64LittleEndian(header[9..], MegatronIndex.Version);
        header[17] = (byte)_type;
        BinaryPrimitives.WriteUInt64LittleEndian(header[18..], (ulong)SequenceCount);
        BinaryPrimitives.WriteUInt64LittleEndian(header[26..], (ulong)(DocumentCount + 1));
        idx.Write(header);
        _sizes.CopyTo(idx);
        WriteOffsets(idx);
        _documents.CopyTo(idx);
    }

    private void WriteOffsets(Stream idx)
    {
        Stream sizes = _sizes.Rewind();
        Span<byte> size = stackalloc byte[sizeof(int)];
        Span<byte> entry = stackalloc byte[sizeof(long)];
        long offset = 0;
        for (long sequence = 0; sequence < SequenceCount; sequence++)
        {
            sizes.ReadExactly(size);
            BinaryPrimitives.WriteInt64LittleEndian(entry, offset);
            idx.Write(entry);
            offset += (long)BinaryPrimitives.ReadInt32LittleEndian(size) * _type.Size();
        }
    }

    private void RemoveOldIndex()
    {
        string path = Path.GetFullPath(_prefix + ".idx");
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Writing(path, 0, null, exception);
        }
    }
}
