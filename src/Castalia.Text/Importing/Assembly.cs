using System.Text;
using System.Text.Json;
using Castalia.Text.Models;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Importing;

/// <summary>
/// Puts a tokenizer together from a model and HF's parts, these written as tokenizer.json writes them: that is how the field speaks of them, and
/// what is put together so can be saved.
/// </summary>
internal static class Assembly
{
    /// <summary>The byte-level parts of GPT-2's tokenizer, as transformers makes them.</summary>
    public const string Gpt2Parts = """
        {
          "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
          "post_processor": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true},
          "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}
        }
        """;

    /// <summary>Byte-level parts that cut by patterns of their own, one after the other.</summary>
    public static string ByteLevelParts(params string[] patterns)
    {
        string splits = string.Concat(patterns.Select(pattern =>
            $$$"""{"type": "Split", "pattern": {"Regex": {{{JsonSerializer.Serialize(pattern)}}}}, "behavior": "Isolated", "invert": false}, """));
        return $$"""
            {
              "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {{splits}}{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]},
              "post_processor": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true},
              "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}
            }
            """;
    }

    /// <summary>Puts a tokenizer together.</summary>
    /// <param name="file">The file that it comes from, for complaints about parts.</param>
    /// <param name="model">The model.</param>
    /// <param name="addedTokens">The added tokens in any order.</param>
    /// <param name="parts">An object with the keys normalizer, pre_tokenizer, post_processor and decoder of tokenizer.json; each may be missing.</param>
    public static TokenizerPipeline Assemble(string file, TokenModel model, IEnumerable<AddedToken> addedTokens, string parts)
    {
        using JsonDocument document = JsonDocument.Parse(Encoding.UTF8.GetBytes(parts));
        JsonPart root = new(document.RootElement, file, "$");
        return new TokenizerPipeline
        {
            AddedTokens = [.. addedTokens.OrderBy(token => token.Id)],
            Normalizer = root.Find("normalizer") is JsonPart normalizer ? NormalizerReader.Read(normalizer) : null,
            PreTokenizer = root.Find("pre_tokenizer") is JsonPart preTokenizer ? PreTokenizerReader.Read(preTokenizer) : null,
            Model = model,
            PostProcessor = root.Find("post_processor") is JsonPart processor ? PostProcessorReader.Read(processor) : null,
            Decoder = root.Find("decoder") is JsonPart decoder ? DecoderReader.Read(decoder) : null,
        };
    }
}
