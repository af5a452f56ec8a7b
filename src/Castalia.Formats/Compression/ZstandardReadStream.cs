using ZstdSharp.Unsafe;

namespace Castalia.Formats;

/// <summary>
/// Unpacks any number of Zstandard frames in a row, skippable ones included. Speaks to the decoder itself, not to the library's stream:
/// that one does not tell a file's end from the end of a frame, nor a damaged frame from one that asks for too much memory.
/// </summary>
internal sealed unsafe class ZstandardReadStream : ReadOnlyStream
{
    // zstd's own default: a frame may ask for a window of 128 MiB and no more.
    private const int LargestWindowLog = 27;

    private readonly string _path;
    private readonly Stream _source;
    private readonly byte[] _input = new byte[128 * 1024];
    private ZSTD_DCtx_s* _decoder;
    private int _inputStart;
    private int _inputEnd;
    private long _packed;
    private long _unpacked;
    private bool _insideFrame;

    public ZstandardReadStream(string path, Stream source)
    {
        (_path, _source) = (path, source);
        _decoder = Methods.ZSTD_createDCtx();
        if (_decoder is null)
            throw new OutOfMemoryException("No memory for a Zstandard decoder.");
        Methods.ZSTD_DCtx_setParameter(_decoder, ZSTD_dParameter.ZSTD_d_windowLogMax, LargestWindowLog);
    }

    ~ZstandardReadStream() => Free();

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_decoder is null, this);
        if (buffer.IsEmpty)
            return 0;
        while (true)
        {
            // Also without new input: an open frame may hold output that did not fit the last buffer.
            if (_inputStart < _inputEnd || _insideFrame)
            {
                int written = Unpack(buffer);
                if (written > 0)
                    return written;
            }
            if (_inputStart == _inputEnd && !Refill())
                return _insideFrame ? throw Truncated() : 0;
        }
    }

    protected override void Dispose(bool disposing)
    {
        Free();
        if (disposing)
        {
            _source.Dispose();
            GC.SuppressFinalize(this);
        }
        base.Dispose(disposing);
    }

    private int Unpack(Span<byte> buffer)
    {
        fixed (byte* input = _input, output = buffer)
        {
            var from = new ZSTD_inBuffer_s { src = input, size = (nuint)_inputEnd, pos = (nuint)_inputStart };
            var to = new ZSTD_outBuffer_s { dst = output, size = (nuint)buffer.Length, pos = 0 };
            nuint missing = Methods.ZSTD_decompressStream(_decoder, &to, &from);
            if (Methods.ZSTD_isError(missing))
                throw Damaged(missing);
            // The decoder refuses to be called for ever without progress, so every turn takes input, gives output or throws.
            _packed += (int)from.pos - _inputStart;
            _unpacked += (int)to.pos;
            _inputStart = (int)from.pos;
            _insideFrame = missing != 0;
            return (int)to.pos;
        }
    }

    private bool Refill()
    {
        try
        {
            _inputStart = 0;
            _inputEnd = _source.Read(_input);
            return _inputEnd > 0;
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Reading(_path, exception);
        }
    }

    private string Place() => $"byte {_packed}, after {_unpacked} bytes unpacked";

    private InputException Damaged(nuint result)
    {
        const string FetchAgain = "Fetch or write the file again.";
        (string problem, string remedy) = Methods.ZSTD_getErrorCode(result) switch
        {
            ZSTD_ErrorCode.ZSTD_error_frameParameter_windowTooLarge =>
                ("a frame asks for a window of more than 128 MiB.", "Unpack it with zstd -d --long=31 and pack it again without --long."),
            ZSTD_ErrorCode.ZSTD_error_checksum_wrong => ("the content does not match its checksum.", FetchAgain),
            ZSTD_ErrorCode.ZSTD_error_prefix_unknown => ("expected another frame or the end, found other bytes.", FetchAgain),
            ZSTD_ErrorCode.ZSTD_error_dictionary_wrong => ("it was packed with a dictionary.", "Unpack it first, with zstd -D and that dictionary."),
            _ => ($"the data are damaged ({Methods.ZSTD_getErrorName(result)}).", FetchAgain),
        };
        return new InputException(_path, Place(), problem, remedy);
    }

    private InputException Truncated() => new(
        _path, Place(), "the file is cut short: it ends inside a Zstandard frame.",
        "Fetch or write the file again; the download or the program that wrote it may have stopped half-way.");

    private void Free()
    {
        if (_decoder is not null)
            Methods.ZSTD_freeDCtx(_decoder);
        _decoder = null;
    }
}
