using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Castalia.Formats;

/// <summary>
/// The one way in which the house writes JSON, so that the same content is the same bytes on every machine: snake_case names, text as it is
/// where JSON allows, shortest round-trip numbers, <c>\n</c> line ends, NaN and infinities as the strings "NaN", "Infinity", "-Infinity"
/// (JSON has no numbers for them, and a diverged loss must not stop the log).
/// </summary>
public static class CanonicalJson
{
    /// <summary>Escapes what JSON itself demands and nothing else; for <see cref="Utf8JsonWriter"/>.</summary>
    public static JavaScriptEncoder Encoder => PlainJsonEncoder.Instance;

    /// <summary>Everything on one line: JSONL.</summary>
    public static JsonSerializerOptions Line { get; } = Options(indented: false);

    /// <summary>Indented by two spaces: files that people open.</summary>
    public static JsonSerializerOptions Indented { get; } = Options(indented: true);

    /// <summary>A value as one line of JSON, without the line end.</summary>
    public static string ToLine<T>(T value) => JsonSerializer.Serialize(value, Line);

    /// <summary>A value as an indented JSON text that ends with a line end.</summary>
    public static string ToText<T>(T value) => JsonSerializer.Serialize(value, Indented) + "\n";

    /// <summary>Writes a value as an indented JSON file, atomically.</summary>
    /// <exception cref="InputException">The disk is full, or the file cannot be written here.</exception>
    public static void WriteFile<T>(string path, T value) => AtomicFile.WriteAllText(path, ToText(value));

    /// <summary>Reads a JSON file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="longest">The most bytes that a file of its kind can sensibly have.</param>
    /// <exception cref="InputException">There is no such file, it is longer, not JSON, or not of this kind: names line and key.</exception>
    public static T ReadFile<T>(string path, int longest = 64 << 20)
    {
        string text = InputFile.ReadAllText(path, longest);
        try
        {
            return JsonSerializer.Deserialize<T>(text, Line)
                ?? throw new InputException(path, null, "expected a JSON value, found null.", "Fetch or write the file again.");
        }
        catch (JsonException exception)
        {
            string place = string.Create(
                CultureInfo.InvariantCulture, $"line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}, at {exception.Path ?? "$"}");
            // The message repeats the place in its own way at the end.
            string message = exception.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0];
            throw new InputException(path, place, $"the JSON is not as expected: {message}", "Correct the file or write it again.", exception);
        }
    }

    private static JsonSerializerOptions Options(bool indented)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            Encoder = Encoder,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            DefaultIgnoreCondition = JsonIgnoreCondition.Never,
            AllowDuplicateProperties = false,
            WriteIndented = indented,
            IndentSize = 2,
            NewLine = "\n",
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
