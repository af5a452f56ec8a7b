using System.Text.Json;
using Castalia.Formats;

namespace Castalia.Text.Description;

/// <summary>Makes the description of a tokenizer.</summary>
internal static class Describing
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = CanonicalJson.Encoder };

    private static readonly string[] Bulk = ["vocab", "merges"];

    /// <summary>Describes a tokenizer.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="longest">How many of the longest tokens to name.</param>
    public static TokenizerDescription Of(Tokenizer tokenizer, int longest)
    {
        TokenizerPipeline pipeline = tokenizer.Pipeline;
        JsonElement model = Json(pipeline.Model, (part, json) => part.Write(json))!.Value;
        return new TokenizerDescription
        {
            Model = model.GetProperty("type").GetString()!,
            ModelSettings = Json(json => WriteWithout(json, model, Bulk)),
            Merges = model.TryGetProperty("merges", out JsonElement merges) ? merges.GetArrayLength() : null,
            Normalizer = Json(pipeline.Normalizer, (part, json) => part.Write(json)),
            PreTokenizer = Json(pipeline.PreTokenizer, (part, json) => part.Write(json)),
            PostProcessor = Json(pipeline.PostProcessor, (part, json) => part.Write(json)),
            Decoder = Json(pipeline.Decoder, (part, json) => part.Write(json)),
            Truncation = pipeline.Truncation,
            Padding = pipeline.Padding,
            AddedTokens = tokenizer.AddedTokens,
            VocabularySize = tokenizer.VocabularySize,
            Vocabulary = Vocabulary(tokenizer, model, longest),
        };
    }

    private static VocabularyDescription Vocabulary(Tokenizer tokenizer, JsonElement model, int longest)
    {
        List<TokenDescription> tokens = TokenSurfaces.Of(tokenizer);
        HashSet<byte> single = [.. tokens.Where(token => !token.IsAdded && token.Length == 1 && IsByte(tokenizer, token)).Select(token => token.Bytes.Span[0])];
        return new VocabularyDescription
        {
            ModelTokens = tokenizer.Pipeline.Model.TokenCount,
            Tokens = tokens.Count,
            Holes = tokenizer.VocabularySize - tokens.Count,
            MissingBytes = [.. Enumerable.Range(0, 256).Where(value => !single.Contains((byte)value))],
            NotUtf8 = [.. tokens.Where(token => !token.IsUtf8).Select(token => token.Id)],
            Unreachable = Reachability.Unreachable(tokenizer, model, tokens),
            Scripts =
            [
                .. tokens.Where(token => !token.IsSpecial && token.IsUtf8).Select(token => Script.Dominant(token.Text)).OfType<string>()
                    .CountBy(script => script).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
                    .Select(pair => new ScriptCount(pair.Key, pair.Value)),
            ],
            Longest = [.. tokens.Where(token => !token.IsSpecial).OrderByDescending(token => token.Length).ThenBy(token => token.Id).Take(longest)],
        };
    }

    // A token of one byte of ASCII stands for the byte in any tokenizer.
    private static bool IsByte(Tokenizer tokenizer, TokenDescription token) =>
        tokenizer.TokenBytes(token.Id) is not null || TokenSurfaces.ByteOf(token.Token) is not null || token.Bytes.Span[0] < 0x80;

    private static JsonElement? Json<T>(T? part, Action<T, Utf8JsonWriter> write)
        where T : class
    {
        try
        {
            return part is null ? null : Json(json => write(part, json));
        }
        catch (InputException)
        {
            // A part that tokenizer.json has no words for: SentencePiece's own ways.
            return Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("type", part!.GetType().Name);
                json.WriteEndObject();
            });
        }
    }

    private static JsonElement Json(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Writing))
            write(json);
        using JsonDocument document = JsonDocument.Parse(stream.GetBuffer().AsMemory(0, (int)stream.Length));
        return document.RootElement.Clone();
    }

    private static void WriteWithout(Utf8JsonWriter json, JsonElement value, string[] keys)
    {
        json.WriteStartObject();
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (!keys.Contains(property.Name))
                property.WriteTo(json);
        }
        json.WriteEndObject();
    }
}
