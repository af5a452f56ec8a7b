using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Castalia.Formats.Tests.PyTorch;

/// <summary>Puts pickles together from instructions, and archives and older files around them, sound ones and others.</summary>
internal sealed class PickleText
{
    private readonly List<byte> _bytes = [0x80, 2];

    public static implicit operator byte[](PickleText text) => [.. text._bytes, (byte)'.'];

    /// <summary>Instructions by their letters.</summary>
    public PickleText Raw(string letters) => Raw(Encoding.Latin1.GetBytes(letters));

    public PickleText Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleText Repeat(string letters, int times)
    {
        for (int i = 0; i < times; i++)
            Raw(letters);
        return this;
    }

    public PickleText Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Raw("X");
        return Raw(BitConverter.GetBytes(bytes.Length)).Raw(bytes);
    }

    public PickleText Integer(long value)
    {
        Raw(0x8A, 8);
        return Raw(BitConverter.GetBytes(value));
    }

    public PickleText Global(string module, string name) => Raw($"c{module}\n{name}\n");

    /// <summary>A tensor of floats that is a view of a storage.</summary>
    public PickleText Tensor(string key, long elements, long offset, long[] shape, long[] strides, string storage = "FloatStorage")
    {
        Global("torch._utils", "_rebuild_tensor_v2").Raw("((").Text("storage").Global("torch", storage).Text(key).Text("cpu").Integer(elements).Raw("tQ").Integer(offset).Raw("(");
        foreach (long axis in shape)
            Integer(axis);
        Raw("t(");
        foreach (long stride in strides)
            Integer(stride);
        return Raw("t").Raw(0x89).Raw("NtR");
    }

    /// <summary>An archive as torch.save makes it, by another zip writer than ours.</summary>
    public static byte[] Archive(byte[] pickle, params (string Key, byte[] Bytes)[] storages)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("a/data.pkl", pickle);
            Add("a/byteorder", "little"u8.ToArray());
            foreach ((string key, byte[] bytes) in storages)
                Add("a/data/" + key, bytes);

            void Add(string name, byte[] bytes)
            {
                using Stream member = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                member.Write(bytes);
            }
        }
        return stream.ToArray();
    }

    /// <summary>A file of the form before PyTorch 1.6.</summary>
    public static byte[] Legacy(byte[] pickle, params (string Key, byte[] Bytes, int ElementSize)[] storages)
    {
        var keys = new PickleText().Raw("](");
        foreach ((string key, _, _) in storages)
            keys.Text(key);
        List<byte> file = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.',
            .. (byte[])new PickleText().Integer(1001), .. (byte[])new PickleText().Raw("}").Text("little_endian").Raw(0x88).Raw("s"), .. pickle, .. (byte[])keys.Raw("e")];
        foreach ((_, byte[] bytes, int size) in storages)
        {
            byte[] count = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(count, bytes.Length / size);
            file.AddRange([.. count, .. bytes]);
        }
        return [.. file];
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_bytes.Count} bytes");
}
