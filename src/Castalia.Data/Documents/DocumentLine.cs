using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Castalia.Data;

/// <summary>
/// One line of a document file, in and out. Two shapes are read: dolma's, and lm_dataformat's (the Pile's): <c>{"text", "meta"}</c> with the
/// component's name in <c>meta.pile_set_name</c>, text as a list of parts, or just a JSON string. Dolma's is written.
/// </summary>
internal static class DocumentLine
{
    private static readonly JsonReaderOptions Reading = new() { MaxDepth = 64 };

    // Readable text: only what JSON itself demands is escaped.
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line's UTF-8 bytes.</param>
    /// <param name="file">The file's path, for errors.</param>
    /// <param name="number">The line's number, from 1.</param>
    /// <param name="defaultSource">The source of a document that names none.</param>
    /// <exception cref="InputException">The line is not a document.</exception>
    public static Document Read(ReadOnlySpan<byte> line, string file, long number, string defaultSource)
    {
        try
        {
            var reader = new Utf8JsonReader(line, Reading);
            reader.Read();
            Document document = reader.TokenType switch
            {
                JsonTokenType.StartObject => ReadObject(ref reader, file, number, defaultSource),
                JsonTokenType.String => new Document(DefaultId(file, number), reader.GetString()!, defaultSource),
                _ => throw Bad(file, number, $"expected a JSON object with a \"text\", found {Describe(reader.TokenType)}."),
            };
            if (reader.Read())
                throw Bad(file, number, "expected one JSON object, found more behind it.");
            return document;
        }
        catch (JsonException exception)
        {
            string place = exception.BytePositionInLine is long position ? $" (byte {position} of the line)" : "";
            throw Bad(file, number, $"expected a JSON object, found broken JSON{place}.", exception);
        }
        catch (InvalidOperationException exception)
        {
            // What Utf8JsonReader.GetString throws for bytes that are not UTF-8 and for half a surrogate pair.
            throw Bad(file, number, "expected UTF-8 text, found bytes or escapes that are not.", exception);
        }
    }

    /// <summary>Writes a document in dolma's shape, without the line's end.</summary>
    public static void Write(Document document, IBufferWriter<byte> output)
    {
        using var writer = new Utf8JsonWriter(output, Writing);
        writer.WriteStartObject();
        writer.WriteString("id", document.Id);
        writer.WriteString("text", document.Text);
        writer.WriteString("source", document.Source);
        if (document.Added is not null)
            writer.WriteString("added", document.Added);
        if (document.Created is not null)
            writer.WriteString("created", document.Created);
        if (document.Metadata is JsonElement metadata)
        {
            writer.WritePropertyName("metadata");
            metadata.WriteTo(writer);
        }
        writer.WriteEndObject();
    }

    private static Document ReadObject(ref Utf8JsonReader reader, string file, long number, string defaultSource)
    {
        string? id = null, text = null, source = null, added = null, created = null;
        JsonElement? metadata = null, meta = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Is(ref reader, "text"u8))
                text = ReadText(ref reader, file, number);
            else if (Is(ref reader, "id"u8))
                id = ReadId(ref reader, file, number);
            else if (Is(ref reader, "source"u8))
                source = ReadString(ref reader, "source", file, number);
            else if (Is(ref reader, "added"u8))
                added = ReadString(ref reader, "added", file, number);
            else if (Is(ref reader, "created"u8))
                created = ReadString(ref reader, "created", file, number);
            else if (Is(ref reader, "metadata"u8))
                metadata = ReadMetadata(ref reader, "metadata", file, number);
            else if (Is(ref reader, "meta"u8))
                meta = ReadMetadata(ref reader, "meta", file, number);
            else
                reader.Skip();
        }
        if (text is null)
            throw Bad(file, number, "expected a document with a \"text\", found none.");
        source ??= SetName(meta) ?? defaultSource;
        return new Document(id ?? DefaultId(file, number), text, source, added, created, metadata ?? meta);
    }

    // Moves on to the value where the name is the one asked for.
    private static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => reader.ValueTextEquals(name) && reader.Read();

    private static string ReadText(ref Utf8JsonReader reader, string file, long number)
    {
        if (reader.TokenType == JsonTokenType.String)
            return reader.GetString()!;
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Bad(file, number, $"expected \"text\" to be a string, found {Describe(reader.TokenType)}.");
        var parts = new StringBuilder();
        for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (reader.TokenType != JsonTokenType.String)
                throw Bad(file, number, $"expected the parts of \"text\" to be strings, found {Describe(reader.TokenType)}.");
            if (i > 0)
                parts.Append("\n\n");
            parts.Append(reader.GetString());
        }
        return parts.ToString();
    }

    private static string? ReadId(ref Utf8JsonReader reader, string file, long number) => reader.TokenType == JsonTokenType.Number
        ? Encoding.ASCII.GetString(reader.ValueSpan)
        : ReadString(ref reader, "id", file, number);

    private static string? ReadString(ref Utf8JsonReader reader, string name, string file, long number) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Null => null,
        _ => throw Bad(file, number, $"expected \"{name}\" to be a string, found {Describe(reader.TokenType)}."),
    };

    private static JsonElement? ReadMetadata(ref Utf8JsonReader reader, string name, string file, long number) => reader.TokenType switch
    {
        JsonTokenType.StartObject => JsonElement.ParseValue(ref reader),
        JsonTokenType.Null => null,
        _ => throw Bad(file, number, $"expected \"{name}\" to be an object, found {Describe(reader.TokenType)}."),
    };

    private static string? SetName(JsonElement? meta) =>
        meta is JsonElement element && element.TryGetProperty("pile_set_name", out JsonElement name) && name.ValueKind == JsonValueKind.String
            ? name.GetString()
            : null;

    private static string DefaultId(string file, long number) => FormattableString.Invariant($"{Path.GetFileName(file)}:{number}");

    private static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };

    private static InputException Bad(string file, long number, string problem, Exception? inner = null) => new(
        file, FormattableString.Invariant($"line {number}"), problem,
        "Each line must be one document: {\"id\": ..., \"text\": ..., \"source\": ...} or {\"text\": ..., \"meta\": {...}}.", inner);
}
