namespace Castalia.Formats;

/// <summary>
/// A NumPy array file (<c>.npy</c>) read through a memory map: any length, 64-bit positions, nothing copied. Little-endian numbers in row-major
/// order; the format of GPT-NeoX's index maps. To write one, see <see cref="NpyWriter{T}"/>.
/// </summary>
public sealed unsafe class NpyFile : IDisposable
{
    private readonly MappedFile _file;
    private readonly NpyHeader _header;

    private NpyFile(MappedFile file, NpyHeader header) => (_file, _header, Count) = (file, header, header.Count);

    /// <summary>The path it was opened by.</summary>
    public string Path => _file.Path;

    /// <summary>The element type.</summary>
    public NpyDType DType => _header.DType;

    /// <summary>The lengths of the axes; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape => _header.Shape;

    /// <summary>Elements in all.</summary>
    public long Count { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="InputException">There is no such file; it is not a <c>.npy</c> file; its numbers are of a kind that is not read here
    /// (big-endian, column-major, records, objects); or its length does not match its shape.</exception>
    public static NpyFile Open(string path) => Open(MappedFile.Open(path));

    /// <summary>Opens a file that is mapped already, and owns the map from here on.</summary>
    internal static NpyFile Open(MappedFile file)
    {
        try
        {
            NpyHeader header = NpyHeader.Read(file);
            if (header.FortranOrder && header.Shape.Length > 1)
                throw new InputException(file.Path, "header", "the array is in column-major order.", "Save it with numpy.ascontiguousarray.");
            return new NpyFile(file, header);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens and checks a file that must hold elements of type <typeparamref name="T"/> in so many axes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="axes">1 for a list, 2 for a table.</param>
    /// <exception cref="InputException">As <see cref="Open(string)"/>, or it holds something else.</exception>
    public static NpyFile Open<T>(string path, int axes) where T : unmanaged
    {
        NpyDType wanted = NpyDTypes.Of<T>();
        NpyFile file = Open(path);
        if (file.DType == wanted && file.Shape.Count == axes)
            return file;
        file.Dispose();
        throw new InputException(
            path, "header", $"expected {wanted} in {axes} axes, found {file.DType} in {file.Shape.Count}.", "Check that this is the file you meant, or make it again.");
    }

    /// <summary>The first element. Valid until <see cref="Dispose"/>; the caller keeps inside <see cref="Count"/>.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public T* Pointer<T>() where T : unmanaged
    {
        if (NpyDTypes.Of<T>() != DType)
            throw new InvalidOperationException($"{Path} holds {DType}, not {typeof(T).Name}.");
        return (T*)(_file.Pointer + _header.DataStart);
    }

    /// <summary>A piece of the array in row-major order, in place. Valid until <see cref="Dispose"/>.</summary>
    /// <param name="start">The first element, from 0.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">The piece is not inside the array.</exception>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public ReadOnlySpan<T> Span<T>(long start, int count) where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Count - count);
        return new ReadOnlySpan<T>(Pointer<T>() + start, count);
    }

    /// <summary>One element, by its row-major position.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The position is not inside the array.</exception>
    /// <exception cref="InvalidOperationException">The elements are of another type.</exception>
    public T At<T>(long position) where T : unmanaged => Span<T>(position, 1)[0];

    /// <summary>Unmaps the file: pointers and spans into it are dead from here on.</summary>
    public void Dispose() => _file.Dispose();
}
