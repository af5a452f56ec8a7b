using System.Text.Json;
using Castalia.Formats;
using Castalia.Text.PreTokenization;

namespace Castalia.Text.TokenizerJson;

/// <summary>Writes a trained tokenizer as <c>tokenizer.json</c>, byte for byte as HF tokenizers writes it.</summary>
internal static class TokenizerJsonWriter
{
    public static byte[] Write(TrainedTokenizer trained)
    {
        using MemoryStream stream = new();
        JsonWriterOptions options = new() { Indented = true, NewLine = "\n", Encoder = CanonicalJson.Encoder };
        using (Utf8JsonWriter json = new(stream, options))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteAddedTokens(json, trained);
            json.WritePropertyName("normalizer");
            if (trained.Options.Nfc)
                WriteTyped(json, "NFC");
            else
                json.WriteNullValue();
            json.WritePropertyName("pre_tokenizer");
            WritePreTokenizer(json, trained.Options.Pattern);
            json.WritePropertyName("post_processor");
            WriteByteLevel(json, useRegex: true);
            json.WritePropertyName("decoder");
            WriteByteLevel(json, useRegex: true);
            json.WritePropertyName("model");
            trained.Model.Write(json);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, TrainedTokenizer trained)
    {
        // An unknown token that is not among the special ones comes before them.
        int first = trained.Options.FirstTokens.TakeWhile(token => !trained.Options.SpecialTokens.Contains(token)).Count();
        json.WriteStartArray("added_tokens");
        for (int i = 0; i < trained.Options.SpecialTokens.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("id", first + i);
            json.WriteString("content", trained.Options.SpecialTokens[i]);
            json.WriteBoolean("single_word", false);
            json.WriteBoolean("lstrip", false);
            json.WriteBoolean("rstrip", false);
            json.WriteBoolean("normalized", false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json, WordPattern pattern)
    {
        if (pattern == WordPattern.Gpt2)
        {
            WriteByteLevel(json, useRegex: true);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", Cl100kScanner.Pattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, useRegex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTyped(Utf8JsonWriter json, string type)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, bool useRegex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }
}
