using System.Text;
using System.Text.Json;

namespace Castalia.Text.Tests.Models;

/// <summary>Whole documents as one piece. Quadratic work on so many bytes would take the better part of an hour: that these end is the test.</summary>
public sealed class LongPieceTests
{
    private static readonly JsonElement Tokenizers =
        JsonDocument.Parse(TokenizerFixtures.Bytes("golden", "models.tokenizers.json.zst")).RootElement.GetProperty("tokenizers");

    [Theory]
    [InlineData("wordpiece_noprefix")]
    [InlineData("wordpiece_oddprefix")]
    [InlineData("wordlevel_whole")]
    [InlineData("unigram_whole")]
    [InlineData("unigram_bytes")]
    [InlineData("unigram_ties")]
    [InlineData("unigram_odd")]
    [InlineData("bpe_results")]
    [InlineData("bpe_llama")]
    [InlineData("bpe_across")]
    [InlineData("bpe_across_vanish")]
    [InlineData("bpe_bytes_incomplete")]
    [InlineData("bpe_prefix")]
    public void A_quarter_of_a_million_bytes_of_repetition_is_encoded(string name)
    {
        Tokenizer tokenizer = Tokenizer.Parse(Encoding.UTF8.GetBytes(Tokenizers.GetProperty(name).GetProperty("given").GetString()!), name);
        foreach (string unit in (string[])["a", "ab", "▁", "▁a", "é", "漢", "x", "xy", "a▁", "s▁", " ", "<unk>"])
        {
            string text = string.Concat(Enumerable.Repeat(unit, 250_000 / Encoding.UTF8.GetByteCount(unit)));
            int[] ids = tokenizer.Encode(text);
            TokenEncoding encoding = tokenizer.EncodeFull(text);
            Assert.Equal(encoding.Ids, ids);
            Assert.All(encoding.Offsets.TakeLast(1), range => Assert.InRange(range.End, 1, text.Length));
        }
    }

    [Fact]
    public void Ten_megabytes_on_one_line_are_one_piece()
    {
        Tokenizer tokenizer = Tokenizer.Parse(Encoding.UTF8.GetBytes(Tokenizers.GetProperty("unigram_ties").GetProperty("given").GetString()!));
        byte[] text = new byte[10_000_000];
        text.AsSpan().Fill((byte)'a');
        // Tokens up to sixteen letters, each a letter's score for every one: all paths tie, and the earliest, longest token wins.
        Assert.Equal(text.Length / 16, tokenizer.CountTokens(text));
    }
}
