using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Castalia.Formats;

/// <summary>One key of a GGUF file to be written, with its value as the file has it. Numbers keep the type that they are given in.</summary>
public sealed class GgufEntry
{
    private GgufEntry(string key, GgufValueType type, byte[] value) => (Key, Type, Value) = (key, type, value);

    /// <summary>The key: <c>gptneox.context_length</c>.</summary>
    public string Key { get; }

    /// <summary>What the value is.</summary>
    public GgufValueType Type { get; }

    /// <summary>The value's bytes.</summary>
    internal byte[] Value { get; }

    /// <summary>A number or a truth value: any integer of 8 to 64 bits, a float, a double, a bool.</summary>
    /// <exception cref="ArgumentException">The format has no such type.</exception>
    public static GgufEntry Of<T>(string key, T value)
        where T : unmanaged => new(key, TypeOf<T>(), Bytes<T>([value]));

    /// <summary>A string.</summary>
    public static GgufEntry Of(string key, string value) => new(key, GgufValueType.String, Text(value));

    /// <summary>An array of numbers or truth values.</summary>
    /// <exception cref="ArgumentException">The format has no such type.</exception>
    public static GgufEntry OfArray<T>(string key, ReadOnlySpan<T> values)
        where T : unmanaged => new(key, GgufValueType.Array, [.. ArrayHead(TypeOf<T>(), values.Length), .. Bytes(values)]);

    /// <summary>An array of strings.</summary>
    public static GgufEntry OfArray(string key, IReadOnlyCollection<string> values)
    {
        using var bytes = new MemoryStream();
        bytes.Write(ArrayHead(GgufValueType.String, values.Count));
        foreach (string value in values)
            bytes.Write(Text(value));
        return new(key, GgufValueType.Array, bytes.ToArray());
    }

    /// <summary>An array of values of one type, which may be arrays in turn. Their own keys are not written.</summary>
    /// <exception cref="ArgumentException">A value is of another type.</exception>
    public static GgufEntry OfArray(string key, GgufValueType element, IReadOnlyCollection<GgufEntry> values)
    {
        if (values.FirstOrDefault(value => value.Type != element) is { } other)
            throw new ArgumentException($"An array of {element.Name()} cannot hold a {other.Type.Name()}.", nameof(values));
        return new(key, GgufValueType.Array, [.. ArrayHead(element, values.Count), .. values.SelectMany(value => value.Value)]);
    }

    /// <summary>A string as the file has it: its length in eight bytes, then UTF-8.</summary>
    internal static byte[] Text(string text)
    {
        byte[] bytes = new byte[sizeof(ulong) + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)(bytes.Length - sizeof(ulong)));
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(sizeof(ulong)));
        return bytes;
    }

    private static byte[] ArrayHead(GgufValueType element, int count)
    {
        byte[] head = new byte[sizeof(uint) + sizeof(ulong)];
        BinaryPrimitives.WriteUInt32LittleEndian(head, (uint)element);
        BinaryPrimitives.WriteUInt64LittleEndian(head.AsSpan(sizeof(uint)), (ulong)count);
        return head;
    }

    private static byte[] Bytes<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        byte[] bytes = MemoryMarshal.AsBytes(values).ToArray();
        for (int at = 0; !BitConverter.IsLittleEndian && at < bytes.Length; at += Unsafe.SizeOf<T>())
            bytes.AsSpan(at, Unsafe.SizeOf<T>()).Reverse();
        return bytes;
    }

    private static GgufValueType TypeOf<T>() => System.Type.GetTypeCode(typeof(T)) switch
    {
        TypeCode.Byte => GgufValueType.UInt8,
        TypeCode.SByte => GgufValueType.Int8,
        TypeCode.UInt16 => GgufValueType.UInt16,
        TypeCode.Int16 => GgufValueType.Int16,
        TypeCode.UInt32 => GgufValueType.UInt32,
        TypeCode.Int32 => GgufValueType.Int32,
        TypeCode.Single => GgufValueType.Float32,
        TypeCode.Boolean => GgufValueType.Bool,
        TypeCode.UInt64 => GgufValueType.UInt64,
        TypeCode.Int64 => GgufValueType.Int64,
        TypeCode.Double => GgufValueType.Float64,
        _ => throw new ArgumentException($"GGUF has no type for a {typeof(T).Name}."),
    };
}
