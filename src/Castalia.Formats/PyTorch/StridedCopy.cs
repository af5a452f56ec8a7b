using System.Runtime.CompilerServices;

namespace Castalia.Formats;

/// <summary>Brings the elements of a strided view together.</summary>
internal static unsafe class StridedCopy
{
    /// <summary>Copies element by element, the last axis fastest.</summary>
    /// <param name="source">The first element; need not be aligned.</param>
    /// <param name="destination">Where to; need not be aligned.</param>
    /// <param name="shape">The lengths of the axes, none of them 0.</param>
    /// <param name="strides">Elements between neighbours along each axis.</param>
    /// <param name="size">Bytes an element: 1, 2, 4 or 8.</param>
    public static void Copy(byte* source, byte* destination, long[] shape, long[] strides, int size)
    {
        switch (size)
        {
            case 1: Copy<byte>(source, destination, shape, strides); break;
            case 2: Copy<ushort>(source, destination, shape, strides); break;
            case 4: Copy<uint>(source, destination, shape, strides); break;
            case 8: Copy<ulong>(source, destination, shape, strides); break;
            default: throw new ArgumentOutOfRangeException(nameof(size), size, "Elements have 1, 2, 4 or 8 bytes.");
        }
    }

    private static void Copy<T>(byte* source, byte* destination, long[] shape, long[] strides) where T : unmanaged
    {
        int last = shape.Length - 1;
        long row = shape[last], step = strides[last] * sizeof(T);
        long[] index = new long[shape.Length];
        while (true)
        {
            byte* from = source;
            for (long i = 0; i < row; i++, from += step, destination += sizeof(T))
                Unsafe.WriteUnaligned(destination, Unsafe.ReadUnaligned<T>(from));
            // The next row: the odometer of all axes but the last.
            int axis = last - 1;
            for (; axis >= 0; axis--)
            {
                source += strides[axis] * sizeof(T);
                if (++index[axis] < shape[axis])
                    break;
                source -= shape[axis] * strides[axis] * sizeof(T);
                index[axis] = 0;
            }
            if (axis < 0)
                return;
        }
    }
}
