using Castalia.Formats;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>Tensors from and to safetensors files.</summary>
public static unsafe class TensorFiles
{
    private const int Piece = 1 << 24;

    /// <summary>Reads all tensors of a file, by name. The caller disposes of them.</summary>
    /// <exception cref="InputException">The file is missing, is not a sound safetensors file, or has a tensor of a type that libtorch lacks.</exception>
    public static IReadOnlyDictionary<string, Tensor> Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Dictionary<string, Tensor> tensors = new(StringComparer.Ordinal);
        foreach (SafetensorsEntry entry in file.InFileOrder)
            tensors.Add(entry.Name, Read(file, entry));
        return tensors;
    }

    /// <summary>Copies one tensor out of an open file. The caller disposes of it.</summary>
    /// <exception cref="InputException">It has a type that libtorch lacks.</exception>
    public static Tensor Read(SafetensorsFile file, SafetensorsEntry entry)
    {
        Libtorch.Initialize();
        ScalarType type = TypeOf(file, entry);
        Tensor tensor = empty(entry.Shape, dtype: type);
        Copy(file, entry, Aten.Pointer(tensor));
        return tensor;
    }

    /// <summary>
    /// Fills a set of tensors from a file that holds exactly them, by name and shape; types may differ, and are cast.
    /// </summary>
    /// <exception cref="InputException">A tensor is missing, has another shape, or is one too many.</exception>
    public static void Read(string path, FlatTensors tensors)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach (string name in file.Tensors.Keys)
        {
            if (!tensors.Contains(name))
                throw new InputException(path, $"tensor {name}", "expected only the model's tensors, found this one too.", FitRemedy);
        }
        using IDisposable noGrad = no_grad();
        foreach (TensorSpec spec in tensors.Specs)
        {
            if (!file.Tensors.TryGetValue(spec.Name, out SafetensorsEntry? entry))
                throw new InputException(path, $"tensor {spec.Name}", "expected this tensor, found none of its name.", FitRemedy);
            if (!entry.Shape.AsSpan().SequenceEqual([.. spec.Shape]))
            {
                throw new InputException(path, $"tensor {spec.Name}",
                    $"expected shape [{string.Join(", ", spec.Shape)}], found [{string.Join(", ", entry.Shape)}].", FitRemedy);
            }
            if (TypeOf(file, entry) == tensors.DType)
            {
                Copy(file, entry, Aten.Pointer(tensors[spec.Name]));
            }
            else
            {
                using Tensor other = Read(file, entry);
                tensors[spec.Name].copy_(other);
            }
        }
    }

    /// <summary>SHA-256 of a tensor's elements, row-major and little-endian, as hexadecimal digits.</summary>
    public static string Hash(Tensor tensor)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        using Tensor local = tensor.cpu();
        using Tensor dense = local.contiguous();
        byte* data = Aten.Pointer(dense);
        long length = dense.numel() * dense.element_size();
        for (long done = 0; done < length; done += Piece)
            hash.AppendData(new ReadOnlySpan<byte>(data + done, (int)Math.Min(Piece, length - done)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Writes tensors to a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">CPU tensors by name.</param>
    /// <param name="metadata">Free texts for the header; null for none.</param>
    /// <exception cref="ArgumentException">A tensor is of a type that safetensors files lack.</exception>
    public static void Save(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(path, [.. tensors.Select(pair => Source(pair.Key, pair.Value))], metadata);

    /// <summary>Writes a set of tensors to a file, whole or not at all.</summary>
    public static void Save(string path, FlatTensors tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(path, [.. tensors.Specs.Select(spec => Source(spec.Name, tensors[spec.Name]))], metadata);

    /// <summary>One tensor as a part of a file to be written. It is read when the file is written, and must live until then.</summary>
    /// <exception cref="ArgumentException">It is of a type that safetensors files lack.</exception>
    public static SafetensorsSource Source(string name, Tensor tensor) =>
        Source(name, tensor.dtype, tensor.shape, () => tensor.alias());

    /// <summary>A tensor made only when its turn to be written comes, and disposed of after it.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="dtype">Its type.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="make">Makes it, with that type and shape.</param>
    /// <exception cref="ArgumentException">It is of a type that safetensors files lack.</exception>
    public static SafetensorsSource Source(string name, ScalarType dtype, long[] shape, Func<Tensor> make)
    {
        SafetensorsDType type = TypeOf(name, dtype);
        long length = type.ByteLength(shape) ?? throw new ArgumentException($"Tensor '{name}' is too large.", nameof(shape));
        return new SafetensorsSource(name, type, shape, length, stream =>
        {
            using Tensor made = make();
            if (made.dtype != dtype || !made.shape.AsSpan().SequenceEqual(shape))
                throw new InvalidOperationException($"Tensor '{name}' was announced as {dtype} [{string.Join(", ", shape)}] and is not.");
            using Tensor local = made.cpu();
            using Tensor dense = local.contiguous();
            byte* data = Aten.Pointer(dense);
            for (long done = 0; done < length; done += Piece)
                stream.Write(new ReadOnlySpan<byte>(data + done, (int)Math.Min(Piece, length - done)));
        });
    }

    private const string FitRemedy = "Take the file that was written with this model, or the model that fits the file.";

    private static void Copy(SafetensorsFile file, SafetensorsEntry entry, byte* target) =>
        Buffer.MemoryCopy(file.Pointer(entry), target, entry.Length, entry.Length);

    private static ScalarType TypeOf(SafetensorsFile file, SafetensorsEntry entry) => TypeOf(file.Path, entry.Name, entry.DType);

    /// <summary>libtorch's name for the type of a file's tensor.</summary>
    /// <exception cref="InputException">libtorch lacks it.</exception>
    internal static ScalarType TypeOf(string path, string name, SafetensorsDType dtype) => dtype switch
    {
        SafetensorsDType.F32 => ScalarType.Float32,
        SafetensorsDType.BF16 => ScalarType.BFloat16,
        SafetensorsDType.F16 => ScalarType.Float16,
        SafetensorsDType.F64 => ScalarType.Float64,
        SafetensorsDType.I64 => ScalarType.Int64,
        SafetensorsDType.I32 => ScalarType.Int32,
        SafetensorsDType.I16 => ScalarType.Int16,
        SafetensorsDType.I8 => ScalarType.Int8,
        SafetensorsDType.U8 => ScalarType.Byte,
        SafetensorsDType.Bool => ScalarType.Bool,
        SafetensorsDType.C64 => ScalarType.ComplexFloat32,
        _ => throw new InputException(path, $"tensor {name}", $"its type {dtype.Name()} cannot be computed with.",
            "Convert it to F32, F16 or BF16."),
    };

    private static SafetensorsDType TypeOf(string name, ScalarType dtype) => dtype switch
    {
        ScalarType.Float32 => SafetensorsDType.F32,
        ScalarType.BFloat16 => SafetensorsDType.BF16,
        ScalarType.Float16 => SafetensorsDType.F16,
        ScalarType.Float64 => SafetensorsDType.F64,
        ScalarType.Int64 => SafetensorsDType.I64,
        ScalarType.Int32 => SafetensorsDType.I32,
        ScalarType.Int16 => SafetensorsDType.I16,
        ScalarType.Int8 => SafetensorsDType.I8,
        ScalarType.Byte => SafetensorsDType.U8,
        ScalarType.Bool => SafetensorsDType.Bool,
        ScalarType.ComplexFloat32 => SafetensorsDType.C64,
        _ => throw new ArgumentException($"Tensor '{name}' is of type {dtype}, which safetensors files lack."),
    };
}
