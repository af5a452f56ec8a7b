using System.Buffers.Binary;
using System.Text;

namespace Castalia.Formats;

/// <summary>
/// One value of a <see cref="GgufFile"/>'s metadata, decoded when it is asked for: good until the file is disposed. What is asked for has to be
/// what the value is; integers of any width are one kind, and so are floats.
/// </summary>
public sealed class GgufValue
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly MappedFile _file;
    private readonly long _start;

    internal GgufValue(MappedFile file, string key, GgufValueType type, long start, long length) =>
        (_file, Key, Type, _start, Length) = (file, key, type, start, length);

    /// <summary>The key that it stands under; elements of arrays with their index.</summary>
    public string Key { get; }

    /// <summary>What it is.</summary>
    public GgufValueType Type { get; }

    /// <summary>How many bytes it takes in the file.</summary>
    public long Length { get; }

    /// <summary>What the elements of this array are.</summary>
    /// <exception cref="InputException">It is no array.</exception>
    public GgufValueType ElementType => (GgufValueType)CursorOf(GgufValueType.Array).UInt32(Key);

    /// <summary>How many elements this array has.</summary>
    /// <exception cref="InputException">It is no array.</exception>
    public long Count
    {
        get
        {
            GgufCursor cursor = CursorOf(GgufValueType.Array);
            cursor.Position += sizeof(uint);
            return (long)cursor.UInt64(Key);
        }
    }

    /// <summary>The value of an integer of any width.</summary>
    /// <exception cref="InputException">It is no integer, or greater than 2^63 - 1.</exception>
    public long AsInteger() => ReadInteger(new GgufCursor(_file) { Position = _start }, Type);

    /// <summary>The value of a float or a double.</summary>
    /// <exception cref="InputException">It is neither.</exception>
    public double AsFloat() => Type switch
    {
        GgufValueType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(Bytes(4)),
        GgufValueType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(Bytes(8)),
        _ => throw Not("a float"),
    };

    /// <summary>The truth value.</summary>
    /// <exception cref="InputException">It is none, or a byte other than 0 and 1.</exception>
    public bool AsBool()
    {
        if (Type != GgufValueType.Bool)
            throw Not("a bool");
        byte value = Bytes(1)[0];
        return value <= 1 ? value == 1 : throw Wrong($"expected a bool, 0 or 1, found {value}.");
    }

    /// <summary>The text of a string.</summary>
    /// <exception cref="InputException">It is no string, or not UTF-8.</exception>
    public string AsString()
    {
        GgufCursor cursor = CursorOf(GgufValueType.String);
        return ReadString(cursor, -1);
    }

    /// <summary>The texts of an array of strings.</summary>
    /// <exception cref="InputException">It is no such array, or one of them is not UTF-8.</exception>
    public string[] AsStrings()
    {
        GgufCursor cursor = Elements(GgufValueType.String, out int count);
        string[] strings = new string[count];
        for (int i = 0; i < count; i++)
            strings[i] = ReadString(cursor, i);
        return strings;
    }

    /// <summary>The numbers of an array of floats.</summary>
    /// <exception cref="InputException">It is no such array.</exception>
    public float[] AsFloats()
    {
        GgufCursor cursor = Elements(GgufValueType.Float32, out int count);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++)
            numbers[i] = BinaryPrimitives.ReadSingleLittleEndian(cursor.Bytes(sizeof(float), Key));
        return numbers;
    }

    /// <summary>The numbers of an array of integers of any width.</summary>
    /// <exception cref="InputException">It is no such array, or one of them is greater than 2^63 - 1.</exception>
    public long[] AsIntegers()
    {
        GgufValueType element = ElementType;
        GgufCursor cursor = Elements(element, out int count);
        List<long> numbers = [];
        for (int i = 0; i < count; i++)
            numbers.Add(ReadInteger(cursor, element));
        return [.. numbers];
    }

    /// <summary>The bytes of an array of bytes.</summary>
    /// <exception cref="InputException">It is no such array.</exception>
    public byte[] AsBytes()
    {
        GgufCursor cursor = Elements(ElementType == GgufValueType.Int8 ? GgufValueType.Int8 : GgufValueType.UInt8, out int count);
        return cursor.Bytes(count, Key).ToArray();
    }

    /// <summary>The elements of an array, whatever they are.</summary>
    /// <exception cref="InputException">It is no array.</exception>
    public IEnumerable<GgufValue> Items()
    {
        GgufValueType element = ElementType;
        GgufCursor cursor = Elements(element, out int count);
        return Walk(cursor, element, count);
    }

    private IEnumerable<GgufValue> Walk(GgufCursor cursor, GgufValueType element, int count)
    {
        for (int i = 0; i < count; i++)
        {
            long start = cursor.Position;
            Pass(cursor, element);
            yield return new GgufValue(_file, $"{Key}[{i}]", element, start, cursor.Position - start);
        }
    }

    private void Pass(GgufCursor cursor, GgufValueType type)
    {
        if (type == GgufValueType.String)
        {
            cursor.Skip(cursor.UInt64(Key), Key);
        }
        else if (type == GgufValueType.Array)
        {
            GgufValueType element = (GgufValueType)cursor.UInt32(Key);
            ulong count = cursor.UInt64(Key);
            for (ulong i = 0; element.Size() == 0 && i < count; i++)
                Pass(cursor, element);
            cursor.Skip((UInt128)count * (uint)element.Size(), Key);
        }
        else
        {
            cursor.Skip((UInt128)type.Size(), Key);
        }
    }

    private GgufCursor Elements(GgufValueType type, out int count)
    {
        GgufCursor cursor = CursorOf(GgufValueType.Array);
        GgufValueType element = (GgufValueType)cursor.UInt32(Key);
        if (element != type)
            throw Not($"an array of {type.Name()}");
        ulong length = cursor.UInt64(Key);
        count = length <= int.MaxValue ? (int)length : throw Wrong($"the array has {length} elements, more than can be held.");
        return cursor;
    }

    private string ReadString(GgufCursor cursor, int index)
    {
        ulong length = cursor.UInt64(Key);
        string place = index < 0 ? "the string" : $"string {index}";
        if (length > int.MaxValue / 4)
            throw Wrong($"{place} has {length} bytes, more than can be held.");
        try
        {
            return StrictUtf8.GetString(cursor.Bytes((int)length, Key));
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException(_file.Path, $"key {Key}", $"{place} is not UTF-8.", GgufFile.Remedy, exception);
        }
    }

    private long ReadInteger(GgufCursor cursor, GgufValueType type)
    {
        ReadOnlySpan<byte> bytes = type.Size() > 0 ? cursor.Bytes(type.Size(), Key) : [];
        return type switch
        {
            GgufValueType.UInt8 => bytes[0],
            GgufValueType.Int8 => (sbyte)bytes[0],
            GgufValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            GgufValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            GgufValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            GgufValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            GgufValueType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            GgufValueType.UInt64 when BinaryPrimitives.ReadUInt64LittleEndian(bytes) is ulong value and <= long.MaxValue => (long)value,
            GgufValueType.UInt64 => throw Wrong("expected a number below 2^63, found a greater one."),
            _ => throw Not(Type == GgufValueType.Array ? "an array of integers" : "an integer"),
        };
    }

    private ReadOnlySpan<byte> Bytes(int count) => _file.Span(_start, count);

    private GgufCursor CursorOf(GgufValueType type) =>
        Type == type ? new GgufCursor(_file) { Position = _start } : throw Not(type == GgufValueType.Array ? "an array" : $"a {type.Name()}");

    private InputException Not(string expected) =>
        Wrong($"expected {expected}, found {(Type == GgufValueType.Array ? $"an array of {ElementType.Name()}" : $"a {Type.Name()}")}.");

    private InputException Wrong(string problem) => new(_file.Path, $"key {Key}", problem, GgufFile.Remedy);
}
