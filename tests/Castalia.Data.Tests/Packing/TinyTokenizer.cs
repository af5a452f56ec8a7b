using System.Text.Json;
using System.Text.Json.Nodes;

namespace Castalia.Data.Tests;

/// <summary>A byte-level tokenizer of 256 bytes, a few merges and, if wanted, an end-of-text token.</summary>
internal static class TinyTokenizer
{
    public const int EndOfText = 259;

    public static void Write(string path, bool withEndOfText = true)
    {
        string[] bytes = Alphabet();
        (string Left, string Right)[] merges = [("t", "h"), ("th", "e"), ("Ġ", "the")];
        var vocabulary = new JsonObject();
        foreach (string token in bytes.Concat(merges.Select(merge => merge.Left + merge.Right)))
            vocabulary.Add(token, vocabulary.Count);
        var addedTokens = new JsonArray();
        if (withEndOfText)
        {
            addedTokens.Add(new JsonObject
            {
                ["id"] = EndOfText,
                ["content"] = "<|endoftext|>",
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = false,
                ["special"] = true,
            });
        }
        var tokenizer = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = addedTokens,
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevel(),
            ["post_processor"] = null,
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => JsonValue.Create($"{merge.Left} {merge.Right}"))]),
            },
        };
        File.WriteAllText(path, tokenizer.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    private static JsonObject ByteLevel() => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true };

    // GPT-2 writes each byte as a visible character: printable ones as themselves, the others from U+0100 on.
    private static string[] Alphabet()
    {
        int next = 0x100;
        return [.. Enumerable.Range(0, 256).Select(value =>
            value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? $"{(char)value}" : $"{(char)next++}")];
    }
}
