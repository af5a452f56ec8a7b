using System.Runtime.InteropServices;

namespace Castalia.Formats;

/// <summary>
/// Writes a NumPy array file of any length piece by piece, atomically; the header is NumPy's own, byte for byte.
/// </summary>
/// <typeparam name="T">The element type: an integer of 8 to 64 bits, float or double.</typeparam>
/// <example><code>
/// using var writer = NpyWriter&lt;int&gt;.Create("shuffle_idx.npy", count);
/// writer.Write(piece);
/// writer.Commit();
/// </code></example>
public sealed class NpyWriter<T> : IDisposable where T : unmanaged
{
    private readonly AtomicFile _file;
    private readonly long _count;

    private NpyWriter(AtomicFile file, long count) => (_file, _count) = (file, count);

    /// <summary>Elements written so far.</summary>
    public long Written { get; private set; }

    /// <summary>Starts a file.</summary>
    /// <param name="path">The final path. Missing folders are made.</param>
    /// <param name="shape">The lengths of the axes; exactly their product of elements must follow.</param>
    /// <exception cref="ArgumentException">The shape has a negative axis or more elements than a file can have bytes.</exception>
    /// <exception cref="InputException">The file cannot be written here, or the disk is too small.</exception>
    public static NpyWriter<T> Create(string path, params ReadOnlySpan<long> shape)
    {
        foreach (long axis in shape)
            ArgumentOutOfRangeException.ThrowIfNegative(axis, nameof(shape));
        NpyDType type = NpyDTypes.Of<T>();
        byte[] header = NpyHeader.Format(type, shape);
        if (NpyHeader.Elements(shape) is not long count || count > (long.MaxValue - header.Length) / type.Size())
            throw new ArgumentException("The array has more bytes than a file can have.", nameof(shape));
        AtomicFile file = AtomicFile.Create(path, header.Length + count * type.Size());
        try
        {
            file.Stream.Write(header);
            return new NpyWriter<T>(file, count);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Appends elements in row-major order.</summary>
    /// <exception cref="InvalidOperationException">There would be more than the shape has.</exception>
    /// <exception cref="InputException">The disk is full.</exception>
    public void Write(ReadOnlySpan<T> elements)
    {
        if (elements.Length > _count - Written)
            throw new InvalidOperationException($"{_file.FinalPath} has {_count} elements; {Written} and {elements.Length} more were written.");
        _file.Stream.Write(MemoryMarshal.AsBytes(elements));
        Written += elements.Length;
    }

    /// <summary>Gives the file its name.</summary>
    /// <exception cref="InvalidOperationException">Elements are missing.</exception>
    /// <exception cref="InputException">The disk is full.</exception>
    public void Commit()
    {
        if (Written != _count)
            throw new InvalidOperationException($"{_file.FinalPath} has {_count} elements; only {Written} were written.");
        _file.Commit();
    }

    /// <summary>Throws away what was written if it has not been committed.</summary>
    public void Dispose() => _file.Dispose();
}
