using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Castalia.Formats;

/// <summary>
/// Reads and checks the JSON header of a safetensors file. What the reference library refuses is refused (header over 100 MB or past the
/// end, unknown types, offsets that leave gaps, overlap or do not match the shape, bytes after the last tensor); so are duplicate
/// names, of which it silently keeps the last.
/// </summary>
internal sealed class SafetensorsHeader
{
    // Deepest sound nesting is 3: file, tensor, shape.
    private const int DeepestNesting = 16;
    private const int MostAxes = 64;

    private readonly string _path;
    private readonly long _dataStart;
    private readonly Dictionary<string, SafetensorsEntry> _entries = new(StringComparer.Ordinal);
    private Dictionary<string, string>? _metadata;

    private SafetensorsHeader(string path, long dataStart) => (_path, _dataStart) = (path, dataStart);

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; private set; } = [];

    /// <summary>The free-form texts under <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata ?? [];

    /// <summary>Reads a header.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="json">The header's bytes.</param>
    /// <param name="fileLength">The file's length in bytes.</param>
    /// <exception cref="InputException">The header is not what it has to be.</exception>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long fileLength)
    {
        var header = new SafetensorsHeader(path, SafetensorsFile.PrefixLength + json.Length);
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DeepestNesting });
            header.ReadFile(ref reader);
            if (reader.Read()) // throws on anything but white space
                throw header.Wrong("header", "expected one JSON object, found more after it.");
        }
        catch (JsonException exception)
        {
            string place = $"byte {SafetensorsFile.PrefixLength + (exception.BytePositionInLine ?? 0)}";
            throw header.Wrong(exception.LineNumber is > 0 ? "header" : place, $"the header is not valid JSON: {exception.Message}", exception);
        }
        catch (InvalidOperationException exception)
        {
            // Utf8JsonReader.GetString on bytes that are not UTF-8 or on a lone surrogate escape.
            throw header.Wrong("header", "the header holds a string that is not valid UTF-8.", exception);
        }
        header.CheckLayout(fileLength);
        return header;
    }

    private void ReadFile(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw Wrong("header", "expected a JSON object.");
        while (Next(ref reader, JsonTokenType.EndObject))
        {
            string name = reader.GetString()!;
            Expect(ref reader, JsonTokenType.StartObject, $"tensor {name}", "an object");
            if (name == SafetensorsFile.MetadataName)
                ReadMetadata(ref reader);
            else if (!_entries.TryAdd(name, ReadEntry(ref reader, name)))
                throw Wrong($"tensor {name}", "the name occurs twice.");
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (_metadata is not null)
            throw Wrong(SafetensorsFile.MetadataName, "the metadata occurs twice.");
        _metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        while (Next(ref reader, JsonTokenType.EndObject))
        {
            string key = reader.GetString()!;
            Expect(ref reader, JsonTokenType.String, SafetensorsFile.MetadataName, $"a string for {key}");
            if (!_metadata.TryAdd(key, reader.GetString()!))
                throw Wrong(SafetensorsFile.MetadataName, $"the key {key} occurs twice.");
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        string place = $"tensor {name}";
        SafetensorsDType? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        while (Next(ref reader, JsonTokenType.EndObject))
        {
            bool again;
            switch (reader.GetString())
            {
                case "dtype":
                    again = type is not null;
                    Expect(ref reader, JsonTokenType.String, place, "a string for dtype");
                    string text = reader.GetString()!;
                    type = SafetensorsDTypes.TryParse(text, out SafetensorsDType known)
                        ? known
                        : throw Wrong(place, $"the element type {text} is not one of the format's.");
                    break;
                case "shape":
                    again = shape is not null;
                    shape = ReadNumbers(ref reader, place, "shape", MostAxes);
                    break;
                case "data_offsets":
                    again = offsets is not null;
                    offsets = ReadNumbers(ref reader, place, "data_offsets", 2);
                    break;
                default:
                    again = false;
                    reader.Skip(); // a field of a later version of the format
                    break;
            }
            if (again)
                throw Wrong(place, "a field occurs twice.");
        }
        if (type is null || shape is null || offsets is not [long start, long end])
            throw Wrong(place, "expected dtype, shape and two data_offsets.");
        if (start > end)
            throw Wrong(place, $"its data_offsets run backwards: {start} to {end}.");
        long? wanted = type.Value.ByteLength(shape);
        if (wanted != end - start)
        {
            string sizes = string.Join(", ", shape);
            throw Wrong(place, wanted is null
                ? $"its shape [{sizes}] of {type.Value.Name()} has no byte count below 2^63."
                : $"its shape [{sizes}] of {type.Value.Name()} needs {wanted} bytes, its data_offsets give {end - start}.");
        }
        if (end > long.MaxValue - _dataStart)
            throw Wrong(place, $"its data_offsets end at {end}, past any file.");
        return new SafetensorsEntry(name, type.Value, shape, _dataStart + start, end - start);
    }

    private long[] ReadNumbers(ref Utf8JsonReader reader, string place, string field, int most)
    {
        Expect(ref reader, JsonTokenType.StartArray, place, $"an array for {field}");
        var numbers = new List<long>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
                throw Wrong(place, $"expected whole numbers from 0 in {field}, found {Shown(ref reader)}.");
            if (numbers.Count == most)
                throw Wrong(place, $"its {field} has more than {most} numbers.");
            numbers.Add(number);
        }
        return [.. numbers];
    }

    private void CheckLayout(long fileLength)
    {
        SafetensorsEntry[] ordered = [.. _entries.Values];
        // Empty tensors share their offset with the tensor after them: the end decides, and the name makes the order one.
        Array.Sort(ordered, (a, b) =>
        {
            int order = a.Offset.CompareTo(b.Offset);
            return order != 0 ? order : (order = a.Length.CompareTo(b.Length)) != 0 ? order : string.CompareOrdinal(a.Name, b.Name);
        });
        long position = _dataStart;
        foreach (SafetensorsEntry entry in ordered)
        {
            if (entry.Offset != position)
            {
                string what = entry.Offset > position ? "leaves a gap before its bytes" : "overlaps the tensor before it";
                throw Wrong($"tensor {entry.Name}", $"it {what}: expected data_offsets from {position - _dataStart}, found {entry.Offset - _dataStart}.");
            }
            position += entry.Length;
        }
        if (position != fileLength)
        {
            string problem = position > fileLength
                ? $"the file is cut short: the header describes {position} bytes, it has {fileLength}."
                : $"there are {fileLength - position} bytes after the last tensor.";
            throw Wrong($"byte {Math.Min(position, fileLength)}", problem);
        }
        Entries = ordered;
    }

    // Steps to the next property name; false at the end of the object.
    private static bool Next(ref Utf8JsonReader reader, JsonTokenType end) => reader.Read() && reader.TokenType != end;

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string place, string what)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw Wrong(place, $"expected {what}, found {Shown(ref reader)}.");
    }

    private static string Shown(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 40)])}"),
        _ => reader.TokenType.ToString().ToLowerInvariant(),
    };

    private InputException Wrong(string place, string problem, Exception? inner = null) => new(_path, place, problem, SafetensorsFile.Remedy, inner);
}
