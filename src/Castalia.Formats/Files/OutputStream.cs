namespace Castalia.Formats;

/// <summary>
/// The stream that <see cref="AtomicFile"/> gives out: buffered, seekable, and speaking <see cref="InputException"/> when the disk
/// says no, however many compressors or writers stand between it and the caller.
/// </summary>
internal sealed class OutputStream(FileStream file, string finalPath, long? expectedLength) : Stream
{
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _buffered;
    private InputException? _failure;

    public override bool CanRead => false;
    public override bool CanSeek => file.CanSeek;
    public override bool CanWrite => true;
    public override long Length => Math.Max(file.Length, file.Position + _buffered);

    public override long Position
    {
        get => file.Position + _buffered;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > _buffer.Length - _buffered)
        {
            Drain();
            if (buffer.Length >= _buffer.Length)
            {
                ToFile(buffer);
                return;
            }
        }
        buffer.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    /// <summary>Hands the buffer to the operating system. Durability comes with <see cref="FlushToDisk"/>.</summary>
    public override void Flush() => Drain();

    /// <summary>Hands everything over and waits until the disk has it.</summary>
    public void FlushToDisk()
    {
        Drain();
        Guard(() => file.Flush(flushToDisk: true));
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        Drain();
        return file.Seek(offset, origin);
    }

    public override void SetLength(long value)
    {
        Drain();
        Guard(() => file.SetLength(value));
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        // No flush: what has not been committed is thrown away.
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }

    private void Drain()
    {
        int count = _buffered;
        _buffered = 0;
        if (count > 0)
            ToFile(_buffer.AsSpan(0, count));
    }

    private void ToFile(ReadOnlySpan<byte> bytes)
    {
        ThrowIfFailed();
        long start = file.Position;
        try
        {
            file.Write(bytes);
        }
        catch (Exception exception) when (FileFailure.IsFileSystemWrite(exception))
        {
            _failure = FileFailure.Writing(finalPath, start, expectedLength, exception);
            throw _failure;
        }
    }

    private void Guard(Action action)
    {
        ThrowIfFailed();
        try
        {
            action();
        }
        catch (Exception exception) when (FileFailure.IsFileSystemWrite(exception))
        {
            _failure = FileFailure.Writing(finalPath, file.Position, expectedLength, exception);
            throw _failure;
        }
    }

    // What was lost once stays lost: nothing written later, and no commit, may succeed over the hole. A compressor's Dispose, which
    // writes its last block on the way out of the failure, hears the same error again.
    private void ThrowIfFailed()
    {
        if (_failure is not null)
            throw new InputException(_failure.File, _failure.Place, _failure.Problem, _failure.Remedy, _failure);
    }
}
