namespace Castalia.Formats;

/// <summary>An element type by PyTorch's names.</summary>
/// <param name="DType">The type.</param>
/// <param name="Storage">The class of storages of it; null where there is none, and storages are of bytes.</param>
/// <param name="Names">The <c>torch.dtype</c>'s names.</param>
internal sealed record TorchType(SafetensorsDType DType, string? Storage, params string[] Names)
{
    /// <summary>All that can be read.</summary>
    public static IReadOnlyList<TorchType> All { get; } =
    [
        new(SafetensorsDType.F32, "FloatStorage", "float32", "float"),
        new(SafetensorsDType.F16, "HalfStorage", "float16", "half"),
        new(SafetensorsDType.BF16, "BFloat16Storage", "bfloat16"),
        new(SafetensorsDType.F64, "DoubleStorage", "float64", "double"),
        new(SafetensorsDType.I64, "LongStorage", "int64", "long"),
        new(SafetensorsDType.I32, "IntStorage", "int32", "int"),
        new(SafetensorsDType.I16, "ShortStorage", "int16", "short"),
        new(SafetensorsDType.I8, "CharStorage", "int8"),
        new(SafetensorsDType.U8, "ByteStorage", "uint8"),
        new(SafetensorsDType.Bool, "BoolStorage", "bool"),
        new(SafetensorsDType.C64, "ComplexFloatStorage", "complex64", "cfloat"),
        new(SafetensorsDType.U16, null, "uint16"),
        new(SafetensorsDType.U32, null, "uint32"),
        new(SafetensorsDType.U64, null, "uint64"),
        new(SafetensorsDType.F8E5M2, null, "float8_e5m2"),
        new(SafetensorsDType.F8E4M3, null, "float8_e4m3fn"),
        new(SafetensorsDType.F8E8M0, null, "float8_e8m0fnu"),
    ];
}
