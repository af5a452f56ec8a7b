using System.Text.Json.Nodes;
using Castalia.Text;

namespace Castalia.Models.Tests.Generation;

/// <summary>Tokenizers whose ids the fixtures' models (vocabularies of 320) know.</summary>
internal static class SmallTokenizers
{
    /// <summary>Byte-level: 256 bytes, an end-of-text token and a few merges.</summary>
    public static Tokenizer ByteLevel { get; } = TokenizerTrainer.Train(
        ["the end of the user and the assistant", "the user ends", "User: the end", "Assistant: the end"], new TrainerOptions { VocabularySize = 300 }).ToTokenizer();

    /// <summary>In the manner of SentencePiece: blanks as ▁, bytes by fallback, &lt;s&gt; put before a text.</summary>
    public static Tokenizer Metaspace { get; } = MakeMetaspace();

    private static Tokenizer MakeMetaspace()
    {
        var vocabulary = new JsonArray { Piece("<unk>", 0), Piece("<s>", 0), Piece("</s>", 0) };
        for (int value = 0; value < 256; value++)
            vocabulary.Add(Piece($"<0x{value:X2}>", -20));
        foreach ((string piece, double score) in new[] { ("▁", -5.0), ("▁the", -1), ("▁end", -2), ("end", -3), ("the", -3), ("s", -4), (".", -4) })
            vocabulary.Add(Piece(piece, score));
        var json = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray { Added(0, "<unk>"), Added(1, "<s>"), Added(2, "</s>") },
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = "first", ["split"] = false },
            ["post_processor"] = JsonNode.Parse("""
                {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                 "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                 "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}}
                """),
            ["decoder"] = JsonNode.Parse("""
                {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
                """),
            ["model"] = new JsonObject { ["type"] = "Unigram", ["unk_id"] = 0, ["vocab"] = vocabulary, ["byte_fallback"] = true },
        };
        return Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()));
    }

    private static JsonArray Piece(string piece, double score) => new() { piece, score };

    private static JsonObject Added(int id, string content) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };
}
