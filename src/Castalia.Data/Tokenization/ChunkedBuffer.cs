using System.Buffers;

namespace Castalia.Data;

/// <summary>Bytes that grow at the end without ever being moved, to any length.</summary>
internal sealed class ChunkedBuffer : IBufferWriter<byte>
{
    private const int LeastChunk = 1 << 16, MostChunk = 1 << 22;

    private readonly List<(byte[] Bytes, int Length)> _full = [];
    private byte[] _current = [];
    private int _length;

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _current.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _current.AsSpan(_length);
    }

    /// <summary>Adds one byte.</summary>
    public void Add(byte value)
    {
        GetSpan(1)[0] = value;
        _length++;
    }

    /// <summary>Writes all bytes to a stream.</summary>
    public void WriteTo(Stream stream)
    {
        foreach ((byte[] bytes, int length) in _full)
            stream.Write(bytes, 0, length);
        stream.Write(_current, 0, _length);
    }

    private void Reserve(int size)
    {
        if (_current.Length - _length >= Math.Max(size, 1))
            return;
        if (_length > 0)
            _full.Add((_current, _length));
        _current = new byte[Math.Max(size, Math.Clamp(2 * _current.Length, LeastChunk, MostChunk))];
        _length = 0;
    }
}
