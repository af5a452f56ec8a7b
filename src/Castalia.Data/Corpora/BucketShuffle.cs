using System.Buffers.Binary;
using Castalia.Formats;

namespace Castalia.Data;

/// <summary>
/// Puts lines into the order of their keys without holding them in memory: a first pass drops each line into one of many buckets by the top bits
/// of its key, a second sorts one bucket after the other. The order does not depend on the number of buckets.
/// Lines with equal keys stay in the order they came.
/// </summary>
internal sealed class BucketShuffle : IDisposable
{
    private const int RecordHeader = sizeof(ulong) + sizeof(int); // key, length of the line
    private const int BufferSize = 1 << 16;
    private const long WantedBucketSize = 64L << 20;
    private const int MostBits = 12;

    private readonly string _folder;
    private readonly int _bits;
    private readonly MemoryStream?[] _buffers;

    /// <summary>Starts with empty buckets.</summary>
    /// <param name="folder">Where the buckets are kept; made here and removed by <see cref="Dispose"/>.</param>
    /// <param name="expectedBytes">About how much will come; decides the number of buckets.</param>
    public BucketShuffle(string folder, long expectedBytes)
    {
        _folder = folder;
        while (_bits < MostBits && expectedBytes >> _bits > WantedBucketSize)
            _bits++;
        _buffers = new MemoryStream?[1 << _bits];
        Directory.CreateDirectory(folder);
    }

    /// <summary>Drops a line into its bucket.</summary>
    public void Add(ulong key, ReadOnlySpan<byte> line)
    {
        int bucket = _bits == 0 ? 0 : (int)(key >> (64 - _bits));
        MemoryStream buffer = _buffers[bucket] ??= new MemoryStream(BufferSize);
        Span<byte> header = stackalloc byte[RecordHeader];
        BinaryPrimitives.WriteUInt64LittleEndian(header, key);
        BinaryPrimitives.WriteInt32LittleEndian(header[sizeof(ulong)..], line.Length);
        buffer.Write(header);
        buffer.Write(line);
        if (buffer.Length >= BufferSize)
            Spill(bucket);
    }

    /// <summary>All lines in the order of their keys; each is valid until the next is asked for.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Drain(CancellationToken cancellationToken)
    {
        byte[] line = [];
        for (int bucket = 0; bucket < _buffers.Length; bucket++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_buffers[bucket] is null)
                continue;
            Spill(bucket);
            _buffers[bucket] = null;
            using (MappedFile file = MappedFile.Open(PathOf(bucket)))
            {
                List<(ulong Key, long Start, int Length)> records = ReadRecords(file);
                records.Sort();
                foreach ((_, long start, int length) in records)
                {
                    if (line.Length < length)
                        line = new byte[Math.Max(length, line.Length * 2L > Array.MaxLength ? length : line.Length * 2)];
                    file.Span(start, length).CopyTo(line);
                    yield return line.AsMemory(0, length);
                }
            }
            File.Delete(PathOf(bucket));
        }
    }

    /// <summary>Removes the buckets.</summary>
    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private static List<(ulong Key, long Start, int Length)> ReadRecords(MappedFile file)
    {
        var records = new List<(ulong, long, int)>();
        for (long at = 0; at < file.Length;)
        {
            ReadOnlySpan<byte> header = file.Span(at, RecordHeader);
            int length = BinaryPrimitives.ReadInt32LittleEndian(header[sizeof(ulong)..]);
            records.Add((BinaryPrimitives.ReadUInt64LittleEndian(header), at + RecordHeader, length));
            at += RecordHeader + length;
        }
        return records;
    }

    private void Spill(int bucket)
    {
        MemoryStream buffer = _buffers[bucket]!;
        try
        {
            using var file = new FileStream(PathOf(bucket), FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
            file.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        }
        catch (Exception exception) when (exception is IOException or ArgumentOutOfRangeException) // the latter is how .NET says that the file may not grow so large
        {
            throw new InputException(
                _folder, null, $"the documents cannot be sorted here: {exception.Message}", "Free some space or choose another folder for the corpus.", exception);
        }
        buffer.SetLength(0);
        if (buffer.Capacity > 4 * BufferSize)
            buffer.Capacity = BufferSize;
    }

    private string PathOf(int bucket) => Path.Combine(_folder, FormattableString.Invariant($"{bucket:D4}"));
}
