using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>JSON Lines, one list of objects, or such a list under a key. The file is held as bytes; a row is parsed when it is asked for.</summary>
internal sealed class JsonRows : RowFile
{
    private const int MaxBytes = 1 << 30;

    private readonly SplitFile _file;
    private readonly byte[] _bytes;
    private readonly int _length;
    private readonly List<(int Start, int Length, int Line)> _rows = [];
    private readonly JsonRowReader _reader = new();

    public JsonRows(SplitFile file)
    {
        _file = file;
        (_bytes, _length) = ReadAll(file.Path);
        ReadOnlySpan<byte> bytes = _bytes.AsSpan(0, _length);
        if (file.Sha256 is { } expected && !string.Equals(Convert.ToHexString(SHA256.HashData(bytes)), expected, StringComparison.OrdinalIgnoreCase))
            throw new InputException(file.Path, null, "the file is not the one that the manifest of its folder describes: the SHA-256 differs.",
                "Fetch the file again, or correct MANIFEST.json.");
        int start = bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? 3 : 0;
        int first = bytes[start..].IndexOfAnyExcept(" \t\r\n"u8);
        if (first < 0)
            return;
        if (file.Field is not null || bytes[start + first] == '[')
            FindElements(start);
        else
            FindLines(start);
    }

    public override int Count => _rows.Count;

    public override Row Read(int index)
    {
        (int start, int length, int line) = _rows[index];
        try
        {
            return _reader.Read(_bytes.AsSpan(start, length));
        }
        catch (JsonException error)
        {
            bool first = error.LineNumber is null or 0;
            throw Broken(line + (int)(error.LineNumber ?? 0), (first ? Column(start) : 1) + (int)(error.BytePositionInLine ?? 0), error);
        }
        catch (Exception error) when (error is PythonException or InvalidOperationException or FormatException)
        {
            throw Broken(line, Column(start), error);
        }
    }

    private static (byte[], int) ReadAll(string path)
    {
        using Stream stream = CompressedStream.OpenRead(path, out FileStream file);
        // Packed text is three to five times as long as its file; one byte more shows the end.
        long guess = ReferenceEquals(stream, file) ? file.Length : file.Length * 5;
        var bytes = new byte[Math.Clamp(guess + 1, 4096, MaxBytes)];
        int length = 0;
        for (int read; (read = stream.Read(bytes, length, bytes.Length - length)) > 0;)
        {
            length += read;
            if (length < bytes.Length)
                continue;
            if (length >= MaxBytes)
                throw new InputException(path, null, $"it has more than {MaxBytes:N0} bytes.", "Split it up, or write it as Parquet.");
            Array.Resize(ref bytes, (int)Math.Min(bytes.Length * 2L, MaxBytes));
        }
        return (bytes, length);
    }

    private void FindLines(int start)
    {
        ReadOnlySpan<byte> bytes = _bytes.AsSpan(0, _length);
        for (int line = 1; start < bytes.Length; line++)
        {
            int end = bytes[start..].IndexOf((byte)'\n');
            int length = end < 0 ? bytes.Length - start : end;
            if (bytes.Slice(start, length).IndexOfAnyExcept(" \t\r"u8) >= 0)
                Add(start, length, line);
            start += length + 1;
        }
    }

    private void FindElements(int start)
    {
        var reader = new Utf8JsonReader(_bytes.AsSpan(start, _length - start), new JsonReaderOptions { MaxDepth = 64 });
        try
        {
            reader.Read();
            foreach (string key in _file.Field?.Split('.') ?? [])
                Enter(ref reader, key);
            if (reader.TokenType != JsonTokenType.StartArray)
                throw new InputException(_file.Path, null, $"expected a list of objects{Where}, found {reader.TokenType}.", "Name the key of the list as dataset_kwargs: field.");
            int line = 1, counted = 0;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                int at = start + (int)reader.TokenStartIndex;
                reader.Skip();
                line += _bytes.AsSpan(counted, at - counted).Count((byte)'\n');
                counted = at;
                Add(at, start + (int)reader.BytesConsumed - at, line);
            }
        }
        catch (JsonException error)
        {
            throw Broken(1 + (int)(error.LineNumber ?? 0), 1 + (int)(error.BytePositionInLine ?? 0), error);
        }
    }

    private string Where => _file.Field is null ? "" : $" under '{_file.Field}'";

    private void Enter(ref Utf8JsonReader reader, string key)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool found = reader.ValueTextEquals(key);
                reader.Read();
                if (found)
                    return;
                reader.Skip();
            }
        }
        throw new InputException(_file.Path, null, $"there is no '{key}' in the file, which dataset_kwargs: field names.", "Name a key that the file has.");
    }

    private void Add(int start, int length, int line)
    {
        _rows.Add((start, length, line));
        if (_rows.Count > MaxRows)
            throw new InputException(_file.Path, $"line {line}", $"the file has more than {MaxRows:N0} rows.", "Split it up.");
    }

    private int Column(int at) => at - _bytes.AsSpan(0, at).LastIndexOf((byte)'\n');

    private InputException Broken(int line, int column, Exception error)
    {
        // What the reader appends about places counts from its own start and from zero.
        string what = error.Message.Split(" LineNumber:")[0].TrimEnd('.');
        return new InputException(_file.Path, string.Create(CultureInfo.InvariantCulture, $"line {line}, column {column}"),
            $"this is no row: {what}.", "A data file has one JSON object a line, or one list of objects.", error);
    }
}
