using System.Collections.Frozen;

namespace Castalia.Formats;

/// <summary>
/// Element types of a safetensors file. The order is the reference library's: a writer stores the tensors of later types first, which
/// keeps every tensor aligned to its element size.
/// </summary>
public enum SafetensorsDType
{
    /// <summary>A byte, 0 or 1.</summary>
    Bool,
    /// <summary>4-bit float (MX), two to a byte.</summary>
    F4,
    /// <summary>6-bit float (MX), 2 bits exponent.</summary>
    F6E2M3,
    /// <summary>6-bit float (MX), 3 bits exponent.</summary>
    F6E3M2,
    /// <summary>Unsigned byte.</summary>
    U8,
    /// <summary>Signed byte.</summary>
    I8,
    /// <summary>8-bit float, 5 bits exponent.</summary>
    F8E5M2,
    /// <summary>8-bit float, 4 bits exponent.</summary>
    F8E4M3,
    /// <summary>8-bit float, exponent only (MX scales).</summary>
    F8E8M0,
    /// <summary>Signed 16-bit integer.</summary>
    I16,
    /// <summary>Unsigned 16-bit integer.</summary>
    U16,
    /// <summary>IEEE half.</summary>
    F16,
    /// <summary>Brain float: the upper half of a float.</summary>
    BF16,
    /// <summary>Signed 32-bit integer.</summary>
    I32,
    /// <summary>Unsigned 32-bit integer.</summary>
    U32,
    /// <summary>IEEE float.</summary>
    F32,
    /// <summary>Complex of two floats.</summary>
    C64,
    /// <summary>IEEE double.</summary>
    F64,
    /// <summary>Signed 64-bit integer.</summary>
    I64,
    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
}

/// <summary>Names and sizes of <see cref="SafetensorsDType"/>.</summary>
public static class SafetensorsDTypes
{
    // By the enum's order.
    private static readonly (string Name, int Bits)[] Known =
    [
        ("BOOL", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("U8", 8), ("I8", 8), ("F8_E5M2", 8), ("F8_E4M3", 8), ("F8_E8M0", 8),
        ("I16", 16), ("U16", 16), ("F16", 16), ("BF16", 16), ("I32", 32), ("U32", 32), ("F32", 32), ("C64", 64), ("F64", 64), ("I64", 64),
        ("U64", 64),
    ];

    private static readonly FrozenDictionary<string, SafetensorsDType> ByName =
        Known.Select((type, index) => KeyValuePair.Create(type.Name, (SafetensorsDType)index)).ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The name in the file's header: <c>BF16</c>, <c>F8_E4M3</c>.</summary>
    public static string Name(this SafetensorsDType type) => Known[(int)type].Name;

    /// <summary>Bits an element; less than 8 for the packed types.</summary>
    public static int Bits(this SafetensorsDType type) => Known[(int)type].Bits;

    /// <summary>The type of that name in a header; false for an unknown one. Case counts, as in the reference library.</summary>
    public static bool TryParse(string name, out SafetensorsDType type) => ByName.TryGetValue(name, out type);

    /// <summary>The bytes of a tensor, or null where the count overflows 64 bits or does not fill whole bytes.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The lengths of its axes; empty for a scalar.</param>
    public static long? ByteLength(this SafetensorsDType type, ReadOnlySpan<long> shape)
    {
        long elements = 1;
        foreach (long axis in shape)
        {
            if (axis < 0)
                return null;
            // In order and without regard to later zeros, as the reference: [2^40, 2^40, 0] is refused.
            Int128 product = (Int128)elements * axis;
            if (product > long.MaxValue)
                return null;
            elements = (long)product;
        }
        Int128 bits = (Int128)elements * type.Bits();
        return bits % 8 == 0 && bits / 8 <= long.MaxValue ? (long)(bits / 8) : null;
    }
}
