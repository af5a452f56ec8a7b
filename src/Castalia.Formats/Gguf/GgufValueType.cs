namespace Castalia.Formats;

/// <summary>What a value of a GGUF file's metadata is; the numbers are those of the format.</summary>
public enum GgufValueType
{
    /// <summary>Unsigned byte.</summary>
    UInt8,
    /// <summary>Signed byte.</summary>
    Int8,
    /// <summary>Unsigned 16-bit integer.</summary>
    UInt16,
    /// <summary>Signed 16-bit integer.</summary>
    Int16,
    /// <summary>Unsigned 32-bit integer.</summary>
    UInt32,
    /// <summary>Signed 32-bit integer.</summary>
    Int32,
    /// <summary>IEEE float.</summary>
    Float32,
    /// <summary>A byte, 0 or 1.</summary>
    Bool,
    /// <summary>A length of eight bytes, then UTF-8.</summary>
    String,
    /// <summary>An element type, a count, the elements; these may be arrays in turn.</summary>
    Array,
    /// <summary>Unsigned 64-bit integer.</summary>
    UInt64,
    /// <summary>Signed 64-bit integer.</summary>
    Int64,
    /// <summary>IEEE double.</summary>
    Float64,
}

/// <summary>Names and sizes of <see cref="GgufValueType"/>.</summary>
internal static class GgufValueTypes
{
    // By the enum's order; 0 for what has no fixed size.
    private static readonly (string Name, int Size)[] Known =
    [
        ("u8", 1), ("i8", 1), ("u16", 2), ("i16", 2), ("u32", 4), ("i32", 4), ("f32", 4), ("bool", 1), ("string", 0), ("array", 0),
        ("u64", 8), ("i64", 8), ("f64", 8),
    ];

    /// <summary>Whether the format knows a type of that number.</summary>
    public static bool IsKnown(uint number) => number < Known.Length;

    /// <summary>The short name: <c>u32</c>, <c>string</c>.</summary>
    public static string Name(this GgufValueType type) => Known[(int)type].Name;

    /// <summary>Bytes a value; 0 for strings and arrays.</summary>
    public static int Size(this GgufValueType type) => Known[(int)type].Size;
}
