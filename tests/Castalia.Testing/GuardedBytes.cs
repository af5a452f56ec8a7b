using System.Runtime.InteropServices;

namespace Castalia.Testing;

/// <summary>
/// Bytes outside the managed heap that end where a page begins which may not be touched: whoever reads one byte too many ends the process at once instead
/// of reading something else. On Windows without that page.
/// </summary>
public sealed unsafe partial class GuardedBytes : IDisposable
{
    private const int ReadWrite = 3, NoAccess = 0, Private = 2;

    private readonly byte* _start;
    private readonly nuint _room;
    private int _length;

    /// <summary>Takes room for so many bytes.</summary>
    public GuardedBytes(int capacity)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        _room = ((nuint)Math.Max(capacity, 1) + page - 1) / page * page;
        if (OperatingSystem.IsWindows())
        {
            _start = (byte*)NativeMemory.Alloc(_room);
            return;
        }
        nint mapped = MemoryMap(0, _room + page, ReadWrite, Private | (OperatingSystem.IsMacOS() ? 0x1000 : 0x20), -1, 0);
        if (mapped == -1 || Protect((nint)((byte*)mapped + _room), page, NoAccess) != 0)
            throw new InvalidOperationException("The system gave no guarded memory.");
        _start = (byte*)mapped;
    }

    /// <summary>The first byte; the last one is the last before the guarded page.</summary>
    public byte* Pointer => _start + _room - _length;

    /// <summary>How many there are.</summary>
    public int Length => _length;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => new(Pointer, _length);

    /// <summary>Replaces the bytes.</summary>
    public void Set(ReadOnlySpan<byte> bytes)
    {
        _length = bytes.Length;
        bytes.CopyTo(new Span<byte>(Pointer, _length));
    }

    /// <summary>Gives the room back.</summary>
    public void Dispose()
    {
        if (OperatingSystem.IsWindows())
            NativeMemory.Free(_start);
        else
            Unmap((nint)_start, _room + (nuint)Environment.SystemPageSize);
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MemoryMap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint address, nuint length);
}
