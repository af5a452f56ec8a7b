namespace Castalia.Text.Training;

/// <summary>Reads a run of counted words: for each the length and the count as numbers of seven bits a byte, then the bytes.</summary>
internal sealed class WordRunReader(Stream stream)
{
    /// <summary>The most bytes that a number takes.</summary>
    public const int LongestNumber = 10;

    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end, _wordLength;

    /// <summary>The current word; good until the next.</summary>
    public ReadOnlySpan<byte> Word => _buffer.AsSpan(_start - _wordLength, _wordLength);

    /// <summary>How often it occurs.</summary>
    public long Times { get; private set; }

    /// <summary>Goes to the next word; false at the end.</summary>
    public bool Next()
    {
        if (!Have(1))
            return false;
        Have(2 * LongestNumber);
        _wordLength = (int)ReadNumber();
        Times = (long)ReadNumber();
        if (!Have(_wordLength))
            throw new InputException("word counts", null, "a temporary file is shorter than it was written.", "Check the disk, then run the same command again.");
        _start += _wordLength;
        return true;
    }

    /// <summary>Writes a number; returns how many bytes it took.</summary>
    public static int WriteNumber(Span<byte> target, ulong number)
    {
        int used = 0;
        for (; number >= 0x80; number >>= 7)
            target[used++] = (byte)(number | 0x80);
        target[used++] = (byte)number;
        return used;
    }

    private ulong ReadNumber()
    {
        ulong number = 0;
        for (int shift = 0; _start < _end; shift += 7)
        {
            byte value = _buffer[_start++];
            number |= (ulong)(value & 0x7F) << shift;
            if (value < 0x80)
                break;
        }
        return number;
    }

    /// <summary>Reads until there are so many bytes in the buffer; false if the stream ends before.</summary>
    private bool Have(int count)
    {
        if (_end - _start >= count)
            return true;
        Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
        (_start, _end) = (0, _end - _start);
        if (_buffer.Length < count)
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(count, _buffer.Length * 2L)));
        try
        {
            while (_end < count)
            {
                int read = stream.Read(_buffer, _end, _buffer.Length - _end);
                if (read == 0)
                    return false;
                _end += read;
            }
        }
        catch (IOException exception)
        {
            throw new InputException("word counts", null, $"a temporary file could not be read: {exception.Message}",
                "Check the disk of temporary files, then run the same command again.", exception);
        }
        return true;
    }
}
