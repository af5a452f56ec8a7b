namespace Castalia.Formats;

/// <summary>A run of numbers in a <see cref="PytorchFile"/> that one or more tensors are views of.</summary>
public sealed class PytorchStorage
{
    internal PytorchStorage(string key, SafetensorsDType dtype, long elements) => (Key, DType, Elements) = (key, dtype, elements);

    /// <summary>Its key in the file: tensors with storages of the same key share their numbers.</summary>
    public string Key { get; }

    /// <summary>The type of its numbers; <see cref="SafetensorsDType.U8"/> for a storage of bytes.</summary>
    public SafetensorsDType DType { get; }

    /// <summary>How many there are.</summary>
    public long Elements { get; }

    /// <summary>How many bytes they take.</summary>
    public long Length => Elements * (DType.Bits() / 8);

    /// <summary>Where they start, from the start of the file.</summary>
    public long Offset { get; internal set; }
}

/// <summary>A tensor of a <see cref="PytorchFile"/>: a view of a storage, known to lie inside it.</summary>
public sealed class PytorchTensor
{
    internal PytorchTensor(PytorchStorage storage, SafetensorsDType dtype, long[] shape, long[] strides, long offset) =>
        (Storage, DType, Shape, Strides, Offset) = (storage, dtype, shape, strides, offset);

    /// <summary>What it is a view of.</summary>
    public PytorchStorage Storage { get; }

    /// <summary>Its element type.</summary>
    public SafetensorsDType DType { get; }

    /// <summary>The lengths of its axes; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>How many elements apart the neighbours along each axis are.</summary>
    public IReadOnlyList<long> Strides { get; }

    /// <summary>Its first element, in elements from the start of the storage.</summary>
    public long Offset { get; }

    /// <summary>How many elements it has.</summary>
    public long Elements => Shape.Aggregate(1L, (product, axis) => product * axis);

    /// <summary>How many bytes it takes once it is contiguous.</summary>
    public long Length => Elements * ElementSize;

    /// <summary>Bytes an element.</summary>
    public int ElementSize => DType.Bits() / 8;

    /// <summary>Whether its elements lie one after the other, the last axis fastest.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int axis = Shape.Count; axis-- > 0; expected *= Shape[axis])
            {
                if (Shape[axis] == 0)
                    return true;
                if (Shape[axis] != 1 && Strides[axis] != expected)
                    return false;
            }
            return true;
        }
    }

    /// <summary>Makes a tensor if it has a shape, fits into its storage and is not out of proportion to it.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="shape">The lengths of the axes.</param>
    /// <param name="strides">How many elements apart the neighbours along each axis are.</param>
    /// <param name="offset">The first element.</param>
    /// <param name="most">How many bytes it may take once it is contiguous: an axis with a stride of 0 is as long as it says.</param>
    /// <param name="problem">What is wrong with it, if it is not made.</param>
    internal static PytorchTensor? TryMake(
        PytorchStorage storage, SafetensorsDType dtype, long[] shape, long[] strides, long offset, long most, out string problem)
    {
        const int MostAxes = 64; // PyTorch's own bound
        if (shape.Length != strides.Length || shape.Length > MostAxes)
            problem = $"a tensor has {shape.Length} axes and {strides.Length} strides; there are as many, and at most {MostAxes}.";
        else if (offset < 0 || shape.Any(axis => axis < 0) || strides.Any(stride => stride < 0))
            problem = $"a tensor has a negative offset, axis or stride: {offset}, [{string.Join(", ", shape)}], [{string.Join(", ", strides)}].";
        else if (dtype.ByteLength(shape) is not long length)
            problem = $"a tensor's shape [{string.Join(", ", shape)}] of {dtype.Name()} has no byte count below 2^63.";
        else if (length > 0 && (End(shape, strides, offset) is var end) && end * (dtype.Bits() / 8) > storage.Length)
        {
            problem = $"a tensor of shape [{string.Join(", ", shape)}] and strides [{string.Join(", ", strides)}] from element {offset} ends at {end}, "
                + $"its storage {storage.Key} has {storage.Length} bytes.";
        }
        else if (length > most)
            problem = $"a tensor of shape [{string.Join(", ", shape)}] repeats a storage of {storage.Length} bytes up to {length} bytes.";
        else
        {
            problem = "";
            return new PytorchTensor(storage, dtype, shape, strides, offset);
        }
        return null;
    }

    private static Int128 End(long[] shape, long[] strides, long offset)
    {
        Int128 last = offset;
        for (int axis = 0; axis < shape.Length; axis++)
            last += (Int128)(shape[axis] - 1) * strides[axis];
        return last + 1;
    }
}
