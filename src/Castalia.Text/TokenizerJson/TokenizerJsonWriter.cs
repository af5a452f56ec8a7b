using System.Text.Json;
using Castalia.Formats;

namespace Castalia.Text.TokenizerJson;

/// <summary>Writes a tokenizer as <c>tokenizer.json</c>, byte for byte as HF tokenizers writes it.</summary>
internal static class TokenizerJsonWriter
{
    public static byte[] Write(TokenizerPipeline pipeline)
    {
        using MemoryStream stream = new();
        JsonWriterOptions options = new() { Indented = true, NewLine = "\n", Encoder = CanonicalJson.Encoder };
        using (Utf8JsonWriter json = new(stream, options))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            WritePart(json, "truncation", pipeline.Truncation, truncation => LengthOptionsJson.Write(json, truncation));
            WritePart(json, "padding", pipeline.Padding, padding => LengthOptionsJson.Write(json, padding));
            WriteAddedTokens(json, pipeline.AddedTokens);
            WritePart(json, "normalizer", pipeline.Normalizer, part => part.Write(json));
            WritePart(json, "pre_tokenizer", pipeline.PreTokenizer, part => part.Write(json));
            WritePart(json, "post_processor", pipeline.PostProcessor, part => part.Write(json));
            WritePart(json, "decoder", pipeline.Decoder, part => part.Write(json));
            WritePart(json, "model", pipeline.Model, part => part.Write(json));
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void WritePart<T>(Utf8JsonWriter json, string key, T? part, Action<T> write)
        where T : class
    {
        json.WritePropertyName(key);
        if (part is null)
            json.WriteNullValue();
        else
            write(part);
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, AddedToken[] tokens)
    {
        json.WriteStartArray("added_tokens");
        foreach (AddedToken token in tokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.SingleWord);
            json.WriteBoolean("lstrip", token.LeftStrip);
            json.WriteBoolean("rstrip", token.RightStrip);
            json.WriteBoolean("normalized", token.Normalized);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
