using Castalia.Formats;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>Tensors from and to GGUF files, a piece at a time: one of any length takes a few megabytes more than it has.</summary>
public static unsafe class GgufTensors
{
    // Elements; whole blocks.
    private const int Piece = 1 << 20;

    /// <summary>One tensor of a file to be written, made only when its turn comes, and disposed of after it.</summary>
    /// <param name="file">The model that errors name.</param>
    /// <param name="name">Its name in the file.</param>
    /// <param name="type">F32, F16, BF16, or Q8_0 where rows are whole blocks.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="make">Makes it, of any float type, with that shape. Writing throws an <see cref="InputException"/> for numbers that the type cannot have.</param>
    public static GgufSource Source(string file, string name, GgmlType type, long[] shape, Func<Tensor> make) => new(name, type, shape, stream =>
    {
        using Tensor made = make();
        if (!made.shape.AsSpan().SequenceEqual(shape))
            throw new InvalidOperationException($"Tensor '{name}' was announced as [{string.Join(", ", shape)}] and is not.");
        using Tensor local = made.cpu();
        using Tensor flat = local.reshape(-1);
        if (type == GgmlType.Q8_0)
            WriteBlocks(flat, stream, file, name);
        else
            WriteNumbers(flat, type, stream, file, name);
    });

    /// <summary>Reads one tensor of an open file: F32, F16 and BF16 in their own type, Q8_0 as fp32. The caller disposes of it.</summary>
    /// <exception cref="InputException">It is of another type.</exception>
    public static Tensor Read(GgufFile file, GgufTensor tensor)
    {
        Libtorch.Initialize();
        if (tensor.Type == GgmlType.Q8_0)
        {
            Tensor numbers = empty(tensor.Shape, dtype: ScalarType.Float32);
            long count = numbers.numel();
            for (long at = 0; at < count; at += Piece)
            {
                int length = (int)Math.Min(Piece, count - at);
                var blocks = new ReadOnlySpan<byte>(file.Pointer(tensor) + at / Q8Block.Length * Q8Block.Bytes, length / Q8Block.Length * Q8Block.Bytes);
                Q8Block.Dequantize(blocks, new Span<float>((float*)Aten.Pointer(numbers) + at, length));
            }
            return numbers;
        }
        if (tensor.Type is not (GgmlType.F32 or GgmlType.F16 or GgmlType.BF16))
        {
            throw new InputException(file.Path, $"tensor {tensor.Name}", $"it is of type {tensor.Type}; expected F32, F16, BF16 or Q8_0.",
                "Take the model in one of these types: what finer quantisation has thrown away cannot be computed with here.");
        }
        Tensor read = empty(tensor.Shape, dtype: TypeOf(tensor.Type));
        Buffer.MemoryCopy(file.Pointer(tensor), Aten.Pointer(read), tensor.Length, tensor.Length);
        return read;
    }

    private static void WriteNumbers(Tensor flat, GgmlType type, Stream stream, string file, string name)
    {
        for (long at = 0; at < flat.shape[0]; at += Piece)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor piece = flat.narrow(0, at, Math.Min(Piece, flat.shape[0] - at));
            Tensor cast = piece.to(TypeOf(type)).contiguous();
            if (type == GgmlType.F16 && cast.isinf().logical_and(piece.isfinite()).any().item<bool>())
                throw TooLarge(file, name, "it holds a number beyond 65504, which F16 cannot have.");
            stream.Write(new ReadOnlySpan<byte>(Aten.Pointer(cast), (int)cast.numel() * type.BlockBytes()));
        }
    }

    private static void WriteBlocks(Tensor flat, Stream stream, string file, string name)
    {
        byte[] bytes = new byte[Piece / Q8Block.Length * Q8Block.Bytes];
        for (long at = 0; at < flat.shape[0]; at += Piece)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor piece = flat.narrow(0, at, Math.Min(Piece, flat.shape[0] - at)).to(ScalarType.Float32).contiguous();
            int count = (int)piece.numel();
            Span<byte> blocks = bytes.AsSpan(0, count / Q8Block.Length * Q8Block.Bytes);
            if (!Q8Block.TryQuantize(new ReadOnlySpan<float>(Aten.Pointer(piece), count), blocks))
                throw TooLarge(file, name, "it holds a number that is not finite, or too large for Q8_0.");
            stream.Write(blocks);
        }
    }

    private static ScalarType TypeOf(GgmlType type) => type switch
    {
        GgmlType.F32 => ScalarType.Float32,
        GgmlType.F16 => ScalarType.Float16,
        GgmlType.BF16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Tensors are written as F32, F16, BF16 or Q8_0."),
    };

    private static InputException TooLarge(string file, string name, string problem) => new(file, $"tensor {name}", problem, "Convert to bf16 or fp32.");
}
