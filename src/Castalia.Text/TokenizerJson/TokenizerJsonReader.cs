using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Castalia.Text.Models;
using Castalia.Text.PostProcessing;

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
        if (!Utf8.IsValid(utf8Json.Span))
        {
            throw new InputException(name, $"byte {ValidBytes(utf8Json.Span) + 1}", "this is not UTF-8.",
                "The file is damaged or is not a tokenizer.json: get it anew from the model's page.");
        }
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

    /// <summary>How many bytes there are before the first that is not UTF-8.</summary>
    private static int ValidBytes(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out int used) == OperationStatus.Done)
            at += used;
        return at;
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
        TokenModel tokenModel = ModelReader.Read(model);
        TokenizerPipeline pipeline = new()
        {
            AddedTokens = AddedTokensReader.Read(root.Find("added_tokens"), tokenModel),
            Normalizer = root.Find("normalizer") is JsonPart normalizer ? NormalizerReader.Read(normalizer) : null,
            PreTokenizer = root.Find("pre_tokenizer") is JsonPart preTokenizer ? PreTokenizerReader.Read(preTokenizer) : null,
            Model = tokenModel,
            PostProcessor = root.Find("post_processor") is JsonPart processor ? PostProcessorReader.Read(processor) : null,
            Decoder = root.Find("decoder") is JsonPart decoder ? DecoderReader.Read(decoder) : null,
            Truncation = root.Find("truncation") is JsonPart truncation ? LengthOptionsJson.ReadTruncation(truncation) : null,
            Padding = root.Find("padding") is JsonPart padding ? LengthOptionsJson.ReadPadding(padding) : null,
        };
        Tokenizer tokenizer = new(pipeline);
        foreach (MarkedToken token in pipeline.PostProcessor?.Tokens ?? [])
        {
            if (token.Id >= tokenizer.VocabularySize)
                throw root.Get("post_processor").Fail($"it puts in the token \"{token.Token}\" with id {token.Id}; ids go up to {tokenizer.VocabularySize - 1}.");
        }
        return tokenizer;
    }
}
