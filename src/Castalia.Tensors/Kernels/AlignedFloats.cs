using System.Buffers;
using System.Runtime.InteropServices;

namespace Castalia.Tensors;

/// <summary>Room for floats that begins where a cache line does, borrowed until it is disposed of. Its content is not cleared.</summary>
internal readonly unsafe struct AlignedFloats : IDisposable
{
    private const int Line = 64;

    private readonly float[] _array;
    private readonly GCHandle _pin;

    public AlignedFloats(int count)
    {
        _array = ArrayPool<float>.Shared.Rent(count + Line / sizeof(float));
        _pin = GCHandle.Alloc(_array, GCHandleType.Pinned);
        Pointer = (float*)((_pin.AddrOfPinnedObject() + Line - 1) & ~(nint)(Line - 1));
    }

    /// <summary>The first float.</summary>
    public float* Pointer { get; }

    public void Dispose()
    {
        _pin.Free();
        ArrayPool<float>.Shared.Return(_array);
    }
}
