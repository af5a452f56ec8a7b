using System.Text;
using System.Text.Json;
using Castalia.Text.AddedTokens;
using Castalia.Text.Normalization;
using Castalia.Text.PreTokenization;
using Castalia.Text.Unicode;

namespace Castalia.Text.TokenizerJson;

/// <summary>Reads <c>tokenizer.json</c>. What it does not know it refuses by name: ids that are nearly right are worth nothing.</summary>
internal static class TokenizerJsonReader
{
    private const long LargestFile = 1L << 28;
    private const int DeepestNesting = 32;

    /// <summary>Reads a file.</summary>
    public static Tokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] contents;
        try
        {
            FileInfo file = new(path);
            if (file.Exists && file.Length > LargestFile)
            {
                throw new InputException(path, null, $"the file has {file.Length} bytes; a tokenizer.json has at most {LargestFile}.",
                    "Give the tokenizer.json, not the model.");
            }
            contents = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, null, $"the tokenizer cannot be read: {error.Message}", "Give the path of a tokenizer.json.", error);
        }
        return Parse(contents, path);
    }

    /// <summary>Reads a file's contents.</summary>
    public static Tokenizer Parse(ReadOnlyMemory<byte> utf8Json, string name)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8Json, new JsonDocumentOptions { MaxDepth = DeepestNesting });
            return Read(new JsonPart(document.RootElement, name, "$"));
        }
        catch (JsonException error)
        {
            string place = $"line {(error.LineNumber ?? 0) + 1}, byte {(error.BytePositionInLine ?? 0) + 1}";
            throw new InputException(name, place, $"this is not JSON, or it is cut short: {error.Message}",
                "The file is damaged or is not a tokenizer.json: get it anew from the model's page.", error);
        }
    }

    private static Tokenizer Read(JsonPart root)
    {
        if (root.Value.ValueKind != JsonValueKind.Object || root.Find("model") is not JsonPart model)
        {
            throw new InputException(root.File, root.Path, "this is not a tokenizer.json: it is no object with the key \"model\".",
                "Give the file that HF tokenizers or `castalia tokenizer train` writes.");
        }
        if (root.Find("version") is JsonPart version && version.Text() != "1.0")
            throw version.Refuse($"version \"{version.Text()}\"", "\"1.0\"");
        foreach (string key in (string[])["truncation", "padding"])
        {
            if (root.Find(key) is JsonPart part)
                throw part.Refuse(key, $"null; set {key} to null in the file and cut or pad the ids afterwards");
        }

        ModelReader vocabulary = ModelReader.Read(model);
        AddedToken[] added = AddedTokensReader.Read(root.Find("added_tokens"), vocabulary.Ids);
        string[] tokens = AddedTokensReader.TokensById(vocabulary.Ids, model);
        Normalizer? normalizer = root.Find("normalizer") is JsonPart normalizerPart ? ReadNormalizer(normalizerPart) : null;
        // HF names an added token that is looked for in normalized text by its normalized content.
        foreach (AddedToken token in added.Where(token => token.Normalized && normalizer is not null))
            tokens[token.Id] = Encoding.UTF8.GetString(normalizer!.Normalize(Encoding.UTF8.GetBytes(token.Content), new ByteBuffer()));
        PreTokenizer preTokenizer = PreTokenizerReader.Read(root);
        (int[] prefix, int[] suffix) = root.Find("post_processor") is JsonPart processor
            ? PostProcessorReader.Read(processor, tokens.Length)
            : ([], []);
        TokenizerPipeline pipeline = new(
            new AddedTokenMatcher(added.Where(token => !token.Normalized), null),
            normalizer,
            new AddedTokenMatcher(added.Where(token => token.Normalized), normalizer),
            preTokenizer,
            vocabulary.Model,
            prefix,
            suffix);
        bool byteLevel = root.Find("decoder") is JsonPart decoder && IsByteLevel(decoder);
        return new Tokenizer(pipeline, new Vocabulary(tokens, vocabulary.Ids, added, byteLevel));
    }

    private static Normalizer ReadNormalizer(JsonPart part) => part.Type() switch
    {
        "NFC" => new NfcNormalizer(),
        "Sequence" => new NormalizerSequence([.. part.Get("normalizers").Items().Select(ReadNormalizer)]),
        string type => throw part.Refuse($"the normalizer {type}", "NFC, Sequence, null"),
    };

    private static bool IsByteLevel(JsonPart part)
    {
        switch (part.Type())
        {
            case "ByteLevel":
                return true;
            case "Sequence" when part.Get("decoders").Items().ToList() is [JsonPart only]:
                return IsByteLevel(only);
            default:
                throw part.Refuse($"the decoder {part.Type()}", "ByteLevel, null");
        }
    }
}
