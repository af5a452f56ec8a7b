using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// Reads one row straight from UTF-8, without a tree in between. Values are Python's: whole numbers are long, others double; the order of
/// columns is the file's, on which hashes of documents stand.
/// </summary>
internal sealed class JsonRowReader
{
    private const int MostNames = 256;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    // Rows of a file have the same columns in the same order, mostly: their names are made once.
    private volatile string[] _names = [];

    /// <summary>Reads a row.</summary>
    /// <param name="json">One JSON object.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="PythonException">It is no object, or has a number beyond 64 bits.</exception>
    /// <exception cref="InvalidOperationException">Its text is not UTF-8, or half of a surrogate pair.</exception>
    public Row Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new PythonException("expected an object with columns, { ... }");
        Row row = Mapping(ref reader, outer: true);
        return reader.Read() ? throw new JsonException("something follows the object") : row;
    }

    private OrderedDictionary<string, object?> Mapping(ref Utf8JsonReader reader, bool outer = false)
    {
        string[] names = outer ? _names : [];
        var row = new OrderedDictionary<string, object?>(names.Length, StringComparer.Ordinal);
        for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndObject; i++)
        {
            string name = i < names.Length && reader.ValueTextEquals(names[i]) ? names[i] : reader.GetString()!;
            reader.Read();
            row[name] = Value(ref reader);
        }
        if (outer && names.Length == 0 && row.Count <= MostNames)
            _names = [.. row.Keys];
        return row;
    }

    private object? Value(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return reader.GetString();
            case JsonTokenType.True: return true;
            case JsonTokenType.False: return false;
            case JsonTokenType.Null: return null;
            case JsonTokenType.StartObject: return Mapping(ref reader);
            case JsonTokenType.StartArray:
                var list = new List<object?>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    list.Add(Value(ref reader));
                return list.ToArray();
            default:
                if (reader.TryGetInt64(out long whole))
                    return whole;
                return reader.ValueSpan.ContainsAny(".eE"u8) ? reader.GetDouble()
                    : throw new PythonException($"the number {System.Text.Encoding.UTF8.GetString(reader.ValueSpan)} is beyond 64 bits");
        }
    }
}
