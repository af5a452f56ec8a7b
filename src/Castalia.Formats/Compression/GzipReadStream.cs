using System.IO.Compression;
using System.Security.Cryptography;

namespace Castalia.Formats;

/// <summary>
/// Unpacks any number of gzip members in a row and notices a file that is cut short, which <see cref="GZipStream"/> by itself takes for the end.
/// It is shown one more member after the file's last byte, with a text drawn at random: if that text is the last thing to come
/// out, every member before it was whole and passed its checksum; if not, the file ended inside one.
/// </summary>
internal sealed class GzipReadStream : ReadOnlyStream
{
    private const int SealLength = 16;
    private const int BufferLength = 64 * 1024;

    private readonly string _path;
    private readonly byte[] _seal = RandomNumberGenerator.GetBytes(SealLength);
    private readonly SealedSource _source;
    private readonly GZipStream _unpacked;
    private readonly byte[] _buffer = new byte[BufferLength];
    private int _start;
    private int _end;
    private long _delivered;
    private bool _ended;

    public GzipReadStream(string path, Stream file)
    {
        _path = path;
        var member = new MemoryStream();
        using (var packed = new GZipStream(member, CompressionLevel.Fastest, leaveOpen: true))
            packed.Write(_seal);
        _source = new SealedSource(file, member.ToArray());
        _unpacked = new GZipStream(_source, CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer)
    {
        // The last SealLength bytes are held back until more come: they may be the seal.
        while (!_ended && _end - _start <= SealLength)
            Fill();
        int ready = _end - _start - (_ended ? 0 : SealLength);
        int count = Math.Min(ready, buffer.Length);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        _delivered += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _unpacked.Dispose();
        base.Dispose(disposing);
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        int count;
        try
        {
            count = _unpacked.Read(_buffer, _end, _buffer.Length - _end);
        }
        catch (InvalidDataException exception)
        {
            throw _source.SealShown
                ? Truncated(exception)
                : new InputException(_path, Place(), $"the data are damaged: {exception.Message}", "Fetch or write the file again.", exception);
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Reading(_path, exception);
        }
        _end += count;
        if (count > 0)
            return;
        if (_end < SealLength || !_buffer.AsSpan(_end - SealLength, SealLength).SequenceEqual(_seal))
            throw Truncated(null);
        _end -= SealLength;
        _ended = true;
    }

    private string Place() => $"byte {_source.BytesRead}, after {_delivered} bytes unpacked";

    private InputException Truncated(Exception? inner) => new(
        _path, Place(), "the file is cut short or followed by other bytes: it does not end with a whole gzip member.",
        "Fetch or write the file again; the download or the program that wrote it may have stopped half-way.", inner);

    /// <summary>A file's bytes, then the seal's.</summary>
    private sealed class SealedSource(Stream file, byte[] seal) : ReadOnlyStream
    {
        private int _shown;

        public long BytesRead { get; private set; }

        public bool SealShown { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            if (!SealShown)
            {
                int count = file.Read(buffer);
                BytesRead += count;
                if (count > 0 || buffer.IsEmpty)
                    return count;
                SealShown = true;
            }
            int rest = Math.Min(buffer.Length, seal.Length - _shown);
            seal.AsSpan(_shown, rest).CopyTo(buffer);
            _shown += rest;
            return rest;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                file.Dispose();
            base.Dispose(disposing);
        }
    }
}
