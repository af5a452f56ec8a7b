using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Castalia.Formats;

/// <summary>
/// SHA-256 as 64 lower-case hexadecimal digits: the identity of a file, of a document or of a batch in every manifest. The system's
/// cryptographic library does the work; where the processor has SHA instructions that is faster than most disks (2 GB/s and more),
/// so nothing weaker is offered.
/// </summary>
public static class ContentHash
{
    private const int BufferSize = 1 << 20;

    /// <summary>The hash of a file's bytes, read once from start to end with one megabyte in memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told the bytes read so far, once a megabyte.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    public static string OfFile(string path, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using FileStream file = InputFile.OpenRead(path);
        try
        {
            long total = file.Length;
            string work = $"hash {Path.GetFileName(path)}";
            return Of(file, done => progress?.Report(new WorkProgress(work, done, total, "bytes")), cancellationToken);
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Reading(path, exception);
        }
    }

    /// <summary>The hash of what is left in a stream.</summary>
    public static string OfStream(Stream stream, CancellationToken cancellationToken = default) => Of(stream, null, cancellationToken);

    /// <summary>The hash of bytes.</summary>
    public static string OfBytes(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>The hash of a text's UTF-8 bytes.</summary>
    public static string OfText(string text)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            return OfBytes(buffer.AsSpan(0, Encoding.UTF8.GetBytes(text, buffer)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static string Of(Stream stream, Action<long>? report, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long done = 0;
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = stream.ReadAtLeast(buffer, BufferSize, throwOnEndOfStream: false);
                if (count == 0)
                    break;
                hash.AppendData(buffer, 0, count);
                done += count;
                report?.Invoke(done);
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
