using System.Buffers;
using Castalia.Formats;

namespace Castalia.Data;

/// <summary>
/// Writes documents in dolma's shape, one JSON object a line, compressed as the name's ending says. The file appears when it is whole; the same
/// documents give the same bytes.
/// </summary>
public static class DocumentWriter
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">Its path; <c>.zst</c> and <c>.gz</c> compress.</param>
    /// <param name="documents">The documents, taken one at a time.</param>
    /// <param name="cancellationToken">Stops the writing; no file appears then.</param>
    /// <returns>How many documents were written.</returns>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static long Write(string path, IEnumerable<Document> documents, CancellationToken cancellationToken = default) =>
        WriteLines(path, Serialize(documents), cancellationToken);

    /// <summary>Writes lines that are documents already.</summary>
    internal static long WriteLines(string path, IEnumerable<ReadOnlyMemory<byte>> lines, CancellationToken cancellationToken)
    {
        long count = 0;
        CompressedStream.Write(path, stream =>
        {
            foreach (ReadOnlyMemory<byte> line in lines)
            {
                cancellationToken.ThrowIfCancellationRequested();
                stream.Write(line.Span);
                stream.WriteByte((byte)'\n');
                count++;
            }
        });
        return count;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Serialize(IEnumerable<Document> documents)
    {
        var line = new ArrayBufferWriter<byte>(1 << 16);
        foreach (Document document in documents)
        {
            line.ResetWrittenCount();
            DocumentLine.Write(document, line);
            yield return line.WrittenMemory;
        }
    }
}
