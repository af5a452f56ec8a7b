namespace Castalia.Formats;

/// <summary>Element types of <c>.npy</c> files that are read and written here; little-endian.</summary>
public enum NpyDType
{
    /// <summary><c>|i1</c></summary>
    Int8,
    /// <summary><c>|u1</c></summary>
    UInt8,
    /// <summary><c>&lt;i2</c></summary>
    Int16,
    /// <summary><c>&lt;u2</c></summary>
    UInt16,
    /// <summary><c>&lt;i4</c></summary>
    Int32,
    /// <summary><c>&lt;u4</c></summary>
    UInt32,
    /// <summary><c>&lt;i8</c></summary>
    Int64,
    /// <summary><c>&lt;u8</c></summary>
    UInt64,
    /// <summary><c>&lt;f4</c></summary>
    Float32,
    /// <summary><c>&lt;f8</c></summary>
    Float64,
}

/// <summary>Names and sizes of <see cref="NpyDType"/>.</summary>
internal static class NpyDTypes
{
    private static readonly (string Descr, int Size, Type Type)[] Known =
    [
        ("|i1", 1, typeof(sbyte)), ("|u1", 1, typeof(byte)), ("<i2", 2, typeof(short)), ("<u2", 2, typeof(ushort)),
        ("<i4", 4, typeof(int)), ("<u4", 4, typeof(uint)), ("<i8", 8, typeof(long)), ("<u8", 8, typeof(ulong)),
        ("<f4", 4, typeof(float)), ("<f8", 8, typeof(double)),
    ];

    /// <summary>NumPy's name: byte order, kind, size.</summary>
    public static string Descr(this NpyDType type) => Known[(int)type].Descr;

    /// <summary>Bytes an element.</summary>
    public static int Size(this NpyDType type) => Known[(int)type].Size;

    /// <summary>The type with that NumPy name; null if there is none here.</summary>
    public static NpyDType? FromDescr(string descr)
    {
        int index = Array.FindIndex(Known, known => known.Descr == descr);
        return index >= 0 ? (NpyDType)index : null;
    }

    /// <summary>The type that a .NET number type is stored as.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public static NpyDType Of<T>() where T : unmanaged
    {
        int index = Array.FindIndex(Known, known => known.Type == typeof(T));
        return index >= 0 ? (NpyDType)index : throw new NotSupportedException($"{typeof(T)} is not stored in .npy files here.");
    }
}
