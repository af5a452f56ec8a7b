using System.Globalization;

namespace Castalia.Formats;

/// <summary>
/// Writes files that <c>torch.load(..., weights_only=True)</c> reads, as <c>torch.save</c> writes them: the same pickle to the byte, storages from
/// multiples of 64 bytes on. Each tensor has a storage of its own. The same content gives the same bytes.
/// </summary>
public static class PytorchWriter
{
    /// <summary>Writes a state dictionary atomically (see <see cref="AtomicFile"/>).</summary>
    /// <param name="path">The final path.</param>
    /// <param name="tensors">The tensors, in the order that they are to have.</param>
    /// <param name="progress">Told the bytes written, after each tensor.</param>
    /// <param name="cancellationToken">Stops the writing between tensors; the file then does not appear.</param>
    /// <exception cref="ArgumentException">Two tensors of one name, a type that PyTorch has no storages of, or a length that does not match the shape.</exception>
    /// <exception cref="InvalidOperationException">A source wrote more or fewer bytes than it announced.</exception>
    /// <exception cref="InputException">The disk is full, or the file cannot be written here.</exception>
    public static void Write(
        string path, IReadOnlyList<SafetensorsSource> tensors, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Write(path, tensors.Select(tensor => KeyValuePair.Create(tensor.Name, (object?)tensor)), ordered: true, progress, cancellationToken);

    /// <summary>Writes a dictionary of anything that such files may hold.</summary>
    /// <param name="path">The final path.</param>
    /// <param name="content">Its items: null, <see cref="bool"/>, <see cref="int"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>,
    /// <see cref="SafetensorsSource"/> (whose own name does not count), and such items again for a dictionary inside.</param>
    /// <param name="progress">Told the bytes written, after each tensor.</param>
    /// <param name="cancellationToken">Stops the writing between tensors; the file then does not appear.</param>
    /// <inheritdoc cref="Write(string, IReadOnlyList{SafetensorsSource}, IProgress{WorkProgress}?, CancellationToken)" path="/exception"/>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, object?>> content, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Write(path, content, ordered: false, progress, cancellationToken);

    private static void Write(
        string path, IEnumerable<KeyValuePair<string, object?>> content, bool ordered, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        KeyValuePair<string, object?>[] items = [.. content];
        Check(items);
        byte[] pickle = PickleWriter.Write(items, ordered, out IReadOnlyList<SafetensorsSource> storages);
        string root = Path.GetFileNameWithoutExtension(path), work = $"write {Path.GetFileName(path)}";
        long total = storages.Sum(tensor => tensor.Length);
        AtomicFile.Write(path, stream =>
        {
            var archive = new StoredZipWriter(stream);
            archive.Add($"{root}/data.pkl", pickle);
            archive.Add($"{root}/.format_version", "1"u8.ToArray());
            archive.Add($"{root}/.storage_alignment", "64"u8.ToArray());
            archive.Add($"{root}/byteorder", "little"u8.ToArray());
            long done = 0;
            for (int i = 0; i < storages.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                archive.Add(string.Create(CultureInfo.InvariantCulture, $"{root}/data/{i}"), storages[i].Length, storages[i].Write);
                progress?.Report(new WorkProgress(work, done += storages[i].Length, total, "bytes"));
            }
            archive.Add($"{root}/version", "3\n"u8.ToArray());
            archive.Finish();
        });
    }

    private static void Check(IEnumerable<KeyValuePair<string, object?>> items)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, object? value) in items)
        {
            if (!names.Add(name))
                throw new ArgumentException($"Two items are named {name}.", nameof(items));
            if (value is IEnumerable<KeyValuePair<string, object?>> inner)
                Check(inner);
            if (value is not SafetensorsSource tensor)
                continue;
            if (!TorchType.All.Any(type => type.DType == tensor.DType && type.Storage is not null))
                throw new ArgumentException($"Tensor {name} is of type {tensor.DType.Name()}, of which PyTorch has no storages.", nameof(items));
            if (tensor.DType.ByteLength(tensor.Shape) != tensor.Length)
            {
                throw new ArgumentException(
                    $"Tensor {name} of {tensor.DType.Name()} [{string.Join(", ", tensor.Shape)}] cannot have {tensor.Length} bytes.", nameof(items));
            }
        }
    }
}
