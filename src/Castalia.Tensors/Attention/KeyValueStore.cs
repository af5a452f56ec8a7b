using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>Puts the heads of new tokens into the store of a key-value cache, every sequence at its own place.</summary>
public static unsafe class KeyValueStore
{
    /// <summary>Copies the heads of a pass into the store.</summary>
    /// <param name="store">Keys or values of one layer, contiguous. <c>[slots, heads, capacity, dimensions]</c></param>
    /// <param name="heads">Those of the new tokens, any strides but the last, the same type. <c>[batch, heads, tokens, dimensions]</c></param>
    /// <param name="slots">Where each sequence is kept.</param>
    /// <param name="starts">Where each sequence's new tokens go: how many it has already.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or the tokens do not fit into the store.</exception>
    public static void Append(Tensor store, Tensor heads, ReadOnlySpan<int> slots, ReadOnlySpan<int> starts)
    {
        long[] room = store.shape, shape = heads.shape;
        if (room.Length != 4 || shape.Length != 4 || room[1] != shape[1] || room[3] != shape[3] || slots.Length != shape[0] || starts.Length != shape[0]
            || store.dtype != heads.dtype)
        {
            throw new ArgumentException($"Heads [{string.Join(", ", shape)}] of {slots.Length} slots do not go into a store [{string.Join(", ", room)}].", nameof(heads));
        }
        for (int row = 0; row < slots.Length; row++)
        {
            if ((uint)slots[row] >= room[0] || starts[row] < 0 || starts[row] + shape[2] > room[2])
                throw new ArgumentException($"Slot {slots[row]} of {room[0]} has no room for {shape[2]} tokens at {starts[row]} of {room[2]}.", nameof(slots));
        }
        if (store.device_type == DeviceType.CPU)
            Copy(store, heads, slots, starts);
        else
            PlainAppend(store, heads, slots, starts);
    }

    /// <summary>The same by torch's own copies.</summary>
    public static void PlainAppend(Tensor store, Tensor heads, ReadOnlySpan<int> slots, ReadOnlySpan<int> starts)
    {
        for (int row = 0; row < slots.Length; row++)
        {
            using DisposeScope scope = NewDisposeScope();
            store.select(0, slots[row]).narrow(1, starts[row], heads.shape[2]).copy_(heads.select(0, row));
        }
    }

    private static void Copy(Tensor store, Tensor heads, ReadOnlySpan<int> slots, ReadOnlySpan<int> starts)
    {
        using Tensor source = heads.stride(3) == 1 ? heads.alias() : heads.contiguous();
        long[] strides = source.stride(), room = store.shape, shape = heads.shape;
        long size = store.element_size(), bytes = shape[3] * size;
        byte* from = Aten.Pointer(source), to = Aten.Pointer(store);
        bool dense = strides[2] == shape[3];
        for (int row = 0; row < slots.Length; row++)
        {
            for (long head = 0; head < shape[1]; head++)
            {
                byte* read = from + (row * strides[0] + head * strides[1]) * size;
                byte* write = to + ((slots[row] * room[1] + head) * room[2] + starts[row]) * bytes;
                if (dense)
                {
                    Buffer.MemoryCopy(read, write, shape[2] * bytes, shape[2] * bytes);
                    continue;
                }
                for (long token = 0; token < shape[2]; token++, read += strides[2] * size, write += bytes)
                    Buffer.MemoryCopy(read, write, bytes, bytes);
            }
        }
    }
}
