using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace Castalia.Data;

/// <summary>
/// An array in a mapped file of its own that nobody sees and that vanishes with it: for shuffling more than memory should hold. The disk space is
/// taken at the start, so a full disk is an error then and not a fault at some later write.
/// </summary>
internal sealed unsafe class ScratchArray<T> : IDisposable
    where T : unmanaged
{
    private readonly FileStream _file;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _pointer;

    /// <summary>Makes an array of zeros.</summary>
    /// <param name="folder">The folder whose disk holds it.</param>
    /// <param name="count">How many items.</param>
    /// <exception cref="InputException">The disk has no room for it, or nothing may be written there.</exception>
    public ScratchArray(string folder, long count)
    {
        Count = count;
        long bytes = checked(count * sizeof(T));
        string path = Path.Combine(folder, $".scratch.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.partial");
        try
        {
            _file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.DeleteOnClose,
                PreallocationSize = bytes,
            });
            // Where an open file can lose its name, it does at once: a killed process then leaves nothing behind.
            if (!OperatingSystem.IsWindows())
                File.Delete(path);
            _file.SetLength(bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                folder, null, $"{bytes:N0} bytes of scratch space for the sample order are not to be had here: {exception.Message}",
                "Free some space or name another folder for the index files.", exception);
        }
        if (bytes == 0)
            return;
        _map = MemoryMappedFile.CreateFromFile(_file, null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, bytes, MemoryMappedFileAccess.ReadWrite);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _pointer);
        _pointer += _view.PointerOffset;
    }

    /// <summary>How many items.</summary>
    public long Count { get; }

    /// <summary>The first item; the caller keeps inside <see cref="Count"/>.</summary>
    public T* Items => (T*)_pointer;

    /// <summary>Unmaps the array and frees its disk space.</summary>
    public void Dispose()
    {
        if (_view is not null && _pointer is not null)
        {
            _pointer = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
        _view?.Dispose();
        _map?.Dispose();
        _file.Dispose();
    }
}
