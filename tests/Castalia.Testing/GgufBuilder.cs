using System.Buffers.Binary;
using System.Text;

namespace Castalia.Testing;

/// <summary>Writes small GGUF files, sound ones and others, for tests.</summary>
public sealed class GgufBuilder
{
    private readonly List<(string Key, uint Type, byte[] Value)> _keys = [];
    private readonly List<(string Name, ulong[] Dimensions, uint Type, ulong Offset)> _tensors = [];

    /// <summary>The version to write.</summary>
    public uint Version { get; init; } = 3;

    /// <summary>The bytes after the header's padding.</summary>
    public byte[] Data { get; init; } = [];

    /// <summary>What the padding before the data fills up to.</summary>
    public int Alignment { get; init; } = 32;

    /// <summary>Adds a value of any type.</summary>
    public GgufBuilder Add(string key, uint type, byte[] value)
    {
        _keys.Add((key, type, value));
        return this;
    }

    /// <summary>Adds a string.</summary>
    public GgufBuilder Add(string key, string value) => Add(key, 8, Text(value));

    /// <summary>Adds an unsigned 32-bit integer.</summary>
    public GgufBuilder Add(string key, uint value) => Add(key, 4, Number(value, 4));

    /// <summary>Adds a truth value.</summary>
    public GgufBuilder Add(string key, bool value) => Add(key, 7, [(byte)(value ? 1 : 0)]);

    /// <summary>Adds an array of strings.</summary>
    public GgufBuilder Add(string key, IEnumerable<string> values) => AddArray(key, 8, values.Select(Text));

    /// <summary>Adds an array of signed 32-bit integers.</summary>
    public GgufBuilder Add(string key, IEnumerable<int> values) => AddArray(key, 5, values.Select(value => Number((uint)value, 4)));

    /// <summary>Adds an array of floats.</summary>
    public GgufBuilder Add(string key, IEnumerable<float> values) =>
        AddArray(key, 6, values.Select(value => Number(BitConverter.SingleToUInt32Bits(value), 4)));

    /// <summary>Adds an array of bytes.</summary>
    public GgufBuilder Add(string key, byte[] values) => AddArray(key, 0, values.Select(value => (byte[])[value]));

    /// <summary>Adds an array of any type.</summary>
    public GgufBuilder AddArray(string key, uint elementType, IEnumerable<byte[]> values) => Add(key, 9, ArrayOf(elementType, values));

    /// <summary>Adds what the header says of a tensor; its dimensions as the file has them, innermost first.</summary>
    public GgufBuilder AddTensor(string name, ulong[] dimensions, uint type, ulong offset)
    {
        _tensors.Add((name, dimensions, type, offset));
        return this;
    }

    /// <summary>The bytes of an array, which may stand in another one.</summary>
    public static byte[] ArrayOf(uint elementType, IEnumerable<byte[]> values)
    {
        byte[][] items = [.. values];
        return [.. Number(elementType, 4), .. Number((ulong)items.Length, 8), .. items.SelectMany(item => item)];
    }

    /// <summary>A string with its length.</summary>
    public static byte[] Text(string text) => [.. Number((ulong)Encoding.UTF8.GetByteCount(text), 8), .. Encoding.UTF8.GetBytes(text)];

    /// <summary>A number of some bytes.</summary>
    public static byte[] Number(ulong value, int bytes)
    {
        byte[] number = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        return number[..bytes];
    }

    /// <summary>The file.</summary>
    public byte[] Build()
    {
        List<byte> file = [.. "GGUF"u8, .. Number(Version, 4), .. Number((ulong)_tensors.Count, 8), .. Number((ulong)_keys.Count, 8)];
        foreach ((string key, uint type, byte[] value) in _keys)
            file.AddRange([.. Text(key), .. Number(type, 4), .. value]);
        foreach ((string name, ulong[] dimensions, uint type, ulong offset) in _tensors)
        {
            file.AddRange([.. Text(name), .. Number((ulong)dimensions.Length, 4), .. dimensions.SelectMany(length => Number(length, 8))]);
            file.AddRange([.. Number(type, 4), .. Number(offset, 8)]);
        }
        while (Data.Length > 0 && file.Count % Alignment != 0)
            file.Add(0);
        file.AddRange(Data);
        return [.. file];
    }
}
