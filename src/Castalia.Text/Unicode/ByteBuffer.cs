using System.Text;

namespace Castalia.Text.Unicode;

/// <summary>Bytes that grow at the end and are used again from the start: scratch space of one encoder.</summary>
internal sealed class ByteBuffer
{
    private byte[] _bytes = new byte[256];

    /// <summary>How many bytes are in it.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes; good until the next change.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Empties it. Space beyond <paramref name="keep"/> bytes is given back.</summary>
    public void Clear(int keep = 1 << 22)
    {
        Length = 0;
        if (_bytes.Length > keep)
            _bytes = new byte[256];
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    public void Add(byte value)
    {
        Reserve(1)[0] = value;
        Length++;
    }

    public void AddCodePoint(int codePoint) => Length += new Rune(codePoint).EncodeToUtf8(Reserve(4));

    /// <summary>Adds UTF-16 text as UTF-8, each lone surrogate as U+FFFD.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        int size = text.Length <= 1 << 16 ? Encoding.UTF8.GetMaxByteCount(text.Length) : Encoding.UTF8.GetByteCount(text);
        Length += Encoding.UTF8.GetBytes(text, Reserve(size));
    }

    /// <summary>Adds bytes that are not valid UTF-8 with U+FFFD for each maximal ill-formed part.</summary>
    public void AddRepaired(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            System.Buffers.OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int used);
            if (status == System.Buffers.OperationStatus.Done)
                Add(bytes[..used]);
            else
                AddCodePoint(rune.Value);
            bytes = bytes[used..];
        }
    }

    private Span<byte> Reserve(int more)
    {
        if (more > _bytes.Length - Length)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, (long)Length + more)));
        return _bytes.AsSpan(Length);
    }
}
