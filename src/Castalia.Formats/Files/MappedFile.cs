using System.IO.MemoryMappedFiles;

namespace Castalia.Formats;

/// <summary>
/// A file read through a memory map: any size, nothing copied, pages come and go as the system likes. The file must not be cut shorter
/// while it is mapped (reading past the new end kills the process); the house's own writers never do that, they replace
/// files by renaming. There is no finalizer on purpose: memory that a span still points at is never unmapped behind its back,
/// only by <see cref="Dispose"/> or the end of the process.
/// </summary>
public sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _pointer;
    private bool _disposed;

    private MappedFile(string path, FileStream file)
    {
        Path = path;
        Length = file.Length;
        if (Length == 0) // nothing to map, and mmap refuses it
            return;
        _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _pointer);
        _pointer += _view.PointerOffset;
    }

    private MappedFile(string path, byte* bytes, long length)
    {
        (Path, Length) = (path, length);
        _pointer = bytes;
    }

    /// <summary>The path it was opened by.</summary>
    public string Path { get; }

    /// <summary>The file's length in bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>The first byte; null for an empty file. Valid until <see cref="Dispose"/>; the caller keeps inside <see cref="Length"/>.</summary>
    /// <exception cref="ObjectDisposedException">The map is closed.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _pointer;
        }
    }

    /// <summary>Maps a file for reading.</summary>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    public static MappedFile Open(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            return new MappedFile(path, file);
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Reading(path, exception);
        }
    }

    /// <summary>Bytes in memory, as if they were a file's. They stay the caller's, and stay where they are until <see cref="Dispose"/>.</summary>
    internal static MappedFile Over(string path, byte* bytes, long length) => new(path, bytes, length);

    /// <summary>A piece of the file. Valid until <see cref="Dispose"/>.</summary>
    /// <param name="offset">Where it starts, in bytes from the file's start.</param>
    /// <param name="length">How many bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The piece is not inside the file.</exception>
    /// <exception cref="ObjectDisposedException">The map is closed.</exception>
    public ReadOnlySpan<byte> Span(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (offset < 0 || length < 0 || offset > Length - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"Bytes {offset} to {offset + length} are not inside {Path} ({Length} bytes).");
        return new ReadOnlySpan<byte>(_pointer + offset, length);
    }

    /// <summary>Unmaps the file. Every pointer and span into it is dead from here on.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _pointer = null;
        if (_view is not null)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _map!.Dispose();
        }
    }
}
