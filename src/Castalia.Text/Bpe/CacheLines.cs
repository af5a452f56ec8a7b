using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Castalia.Text.Bpe;

/// <summary>Space for a table, all zero, that begins where a line of the processor's cache does: what fills a line is then read at one go.</summary>
internal readonly struct CacheLines
{
    /// <summary>The bytes of a line.</summary>
    public const int Size = 64;

    private readonly byte[] _bytes;
    private readonly int _start;

    /// <param name="count">How many lines.</param>
    public CacheLines(int count)
    {
        _bytes = GC.AllocateArray<byte>((count + 1) * Size, pinned: true);
        _start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0) & (Size - 1));
    }

    /// <summary>The first byte of a line. That there is such a line is not checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte Line(nuint index) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), (nuint)_start + (index * Size));
}
