using System.Buffers;

namespace Castalia.Data;

/// <summary>Cuts a stream of UTF-8 into lines without copying or decoding them; a byte order mark at the start is dropped.</summary>
/// <param name="stream">What to read; it is not closed.</param>
/// <param name="file">What errors call it.</param>
/// <param name="longest">Most bytes of a line.</param>
public sealed class LineReader(Stream stream, string file, int longest) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
    private int _lineStart;
    private int _lineLength;
    private int _next; // where the line after the current one starts
    private int _filled;
    private bool _ended;

    /// <summary>The current line without its end; valid until the next <see cref="Read"/>.</summary>
    public ReadOnlySpan<byte> Line => _buffer.AsSpan(_lineStart, _lineLength);

    /// <summary>The current line's number, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Whether the line holds nothing but white space.</summary>
    public bool IsBlank => Line.IndexOfAnyExcept(" \t\r"u8) < 0;

    /// <summary>Moves to the next line.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="InputException">The line is longer than allowed.</exception>
    public bool Read()
    {
        int searched = _next;
        while (true)
        {
            int end = _buffer.AsSpan(searched, _filled - searched).IndexOf((byte)'\n');
            if (end >= 0)
                return Take(searched + end, searched + end + 1);
            searched = _filled;
            if (_ended)
                return _next < _filled && Take(_filled, _filled);
            searched -= Fill();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private bool Take(int end, int next)
    {
        _lineStart = _next;
        _lineLength = end - _next;
        _next = next;
        Number++;
        if (Number == 1 && Line.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            (_lineStart, _lineLength) = (_lineStart + 3, _lineLength - 3);
        return true;
    }

    // Moves the unfinished line to the buffer's start (returning how far) and reads on behind it.
    private int Fill()
    {
        int moved = _next;
        int kept = _filled - _next;
        if (kept > longest)
        {
            throw new InputException(
                file, FormattableString.Invariant($"line {Number + 1}"), $"the line is longer than {longest:N0} bytes.",
                "Check that the file has one document a line.");
        }
        byte[] target = _buffer;
        if (kept == _buffer.Length)
            target = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * kept, Array.MaxLength));
        Buffer.BlockCopy(_buffer, _next, target, 0, kept);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }
        _next = 0;
        _filled = kept;
        int count = stream.Read(_buffer, kept, _buffer.Length - kept);
        _filled += count;
        _ended = count == 0;
        return moved;
    }
}
