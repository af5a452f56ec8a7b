using System.Text.Json;
using Castalia.Text;

namespace Castalia.Serving.Tests;

/// <summary>Byte-level BPE without merges: id i is the byte i, 256 ends a text.</summary>
internal static class ByteTokenizer
{
    public const int EndOfText = 256;

    public static Tokenizer Tokenizer { get; } = Text.Tokenizer.Parse(JsonSerializer.SerializeToUtf8Bytes(new
    {
        version = "1.0",
        added_tokens = new[]
        {
            new { id = EndOfText, content = "<|endoftext|>", single_word = false, lstrip = false, rstrip = false, normalized = false, special = true },
        },
        pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true },
        decoder = new { type = "ByteLevel", add_prefix_space = true, trim_offsets = true, use_regex = true },
        model = new { type = "BPE", vocab = Alphabet(), merges = Array.Empty<string>() },
    }));

    /// <summary>The ids of a text: its bytes.</summary>
    public static int[] Ids(string text) => [.. System.Text.Encoding.UTF8.GetBytes(text).Select(value => (int)value)];

    private static Dictionary<string, int> Alphabet()
    {
        var vocabulary = new Dictionary<string, int>();
        int extra = 256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= '¡' and <= '¬') or (>= '®' and <= 'ÿ');
            vocabulary[((char)(printable ? value : extra++)).ToString()] = value;
        }
        return vocabulary;
    }
}
