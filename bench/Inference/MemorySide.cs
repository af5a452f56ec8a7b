using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Castalia.Bench.Inference;

/// <summary>Reads a large buffer from end to end, each thread its part: the memory's bandwidth, of which decoding can have no more.</summary>
internal sealed unsafe class MemorySide : IInferenceSide
{
    /// <summary>Bytes read in a round: the buffer <see cref="Passes"/> times.</summary>
    public const long Bytes = Buffer * Passes;

    private const long Buffer = 256L << 20;
    private const int Passes = 8, Line = 64, Stride = 4 * Line;
    private readonly int _threads;
    private readonly byte* _data;

    public MemorySide(int threads)
    {
        _threads = threads;
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)Buffer, 1 << 21);
        new Span<byte>(_data, (int)Buffer).Fill(1);
    }

    public double Run()
    {
        long sum = 0;
        for (int pass = 0; pass < Passes; pass++)
        {
            Parallel.For(0, _threads, new ParallelOptions { MaxDegreeOfParallelism = _threads }, part =>
            {
                long size = Buffer / _threads / Stride * Stride;
                Interlocked.Add(ref sum, Read(_data + part * size, size));
            });
        }
        return sum;
    }

    public void Dispose() => NativeMemory.AlignedFree(_data);

    private static long Read(byte* data, long size)
    {
        Vector512<long> first = default, second = default, third = default, fourth = default;
        for (byte* end = data + size; data < end; data += Stride)
        {
            if (Sse.IsSupported)
                Sse.Prefetch0(data + 16 * Stride);
            first |= Vector512.Load((long*)data);
            second |= Vector512.Load((long*)(data + Line));
            third |= Vector512.Load((long*)(data + 2 * Line));
            fourth |= Vector512.Load((long*)(data + 3 * Line));
        }
        return Vector512.Sum(first | second | third | fourth);
    }
}
