using System.Text;
using CsCheck;

namespace Castalia.Text.Tests;

/// <summary>The place of each token in the text, in each unit.</summary>
public sealed class OffsetTests
{
    private static readonly string[] Pieces = [" ", "  ", "\n", "a", "the", "é", "漢字", "𝒜", "🇫🇷", "2024", "...", "<|endoftext|>"];

    private static readonly Gen<string> AnyText = Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).List[0, 30].Select(string.Concat);

    [Theory]
    [InlineData("gpt2")]
    [InlineData("dolma2")]
    public void Units_say_the_same_places(string name)
    {
        Tokenizer tokenizer = TokenizerFixtures.Load(name);
        AnyText.Sample(text =>
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            Rune[] runes = [.. text.EnumerateRunes()];
            TokenEncoding points = tokenizer.EncodeFull(text), units = tokenizer.EncodeFull(text, unit: OffsetUnit.Utf16), bytes = tokenizer.EncodeFull(utf8);
            for (int i = 0; i < points.Count; i++)
            {
                (int start, int end) = points.Offsets[i];
                string part = string.Concat(runes[start..end]);
                Assert.Equal(part, text[units.Offsets[i].Start..units.Offsets[i].End]);
                Assert.Equal(part, Encoding.UTF8.GetString(utf8[bytes.Offsets[i].Start..bytes.Offsets[i].End]));
                // A token that is whole characters stands for just those.
                string token = tokenizer.Decode([points.Ids[i]]);
                if (!token.Contains('\ufffd', StringComparison.Ordinal))
                    Assert.Equal(token.Trim(' '), part.Trim(' '));
            }
        });
    }

    [Fact]
    public void Tokens_cover_the_text_without_gaps_where_nothing_is_trimmed()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        AnyText.Sample(text =>
        {
            int at = 0;
            foreach ((int start, int end) in tokenizer.EncodeFull(text, unit: OffsetUnit.Utf16, options: EncodeOptions.WithoutPostProcessor).Offsets)
            {
                Assert.True(start <= at + text[at..].TakeWhile(char.IsWhiteSpace).Count() && end >= at);
                at = Math.Max(at, end);
            }
            Assert.Equal("", text[at..].Trim());
        });
    }

    [Fact]
    public void Places_stay_right_behind_ill_formed_bytes()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        // A lone continuation byte, half of a three-byte character, then letters.
        byte[] utf8 = [(byte)'a', 0x80, (byte)' ', 0xE6, 0xBC, (byte)'b', (byte)'c'];
        TokenEncoding bytes = tokenizer.EncodeFull(utf8);
        Assert.Equal(tokenizer.Encode("a\ufffd \ufffdbc"), bytes.Ids);
        Assert.Equal(new TextRange(0, 1), bytes.Offsets[0]);
        Assert.Equal(new TextRange(5, 7), bytes.Offsets[^1]);
        TokenEncoding points = tokenizer.EncodeFull(utf8, unit: OffsetUnit.CodePoints);
        Assert.Equal(new TextRange(4, 6), points.Offsets[^1]);
        Gen.Byte.Array[0, 50].Sample(any =>
        {
            TokenEncoding encoding = tokenizer.EncodeFull(any);
            Assert.All(encoding.Offsets, range => Assert.True(0 <= range.Start && range.Start <= range.End && range.End <= any.Length));
            Assert.Equal(tokenizer.EncodeFull(Encoding.UTF8.GetString(any)).Offsets, tokenizer.EncodeFull(any, unit: OffsetUnit.CodePoints).Offsets);
        });
    }

    [Fact]
    public void A_place_of_the_text_leads_to_its_token()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        TokenEncoding encoding = tokenizer.EncodeFull("the cat sat", "on a mat");
        Assert.Equal("Ġcat", encoding.Tokens[encoding.TokenAt(5)!.Value]);
        Assert.Equal("Ġmat", encoding.Tokens[encoding.TokenAt(6, sequence: 1)!.Value]);
        Assert.Null(encoding.TokenAt(99));
    }
}
