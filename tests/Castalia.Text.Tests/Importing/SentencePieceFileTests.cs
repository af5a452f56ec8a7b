using Castalia.Testing;
using Castalia.Text.Importing;

namespace Castalia.Text.Tests.Importing;

/// <summary>SentencePiece files that are not what they should be, and what tokenizers of sound ones do beyond ids.</summary>
public sealed class SentencePieceFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Contradictions_are_refused()
    {
        Refused("no trainer_spec", []);
        Refused("no unknown piece", new SentencePieceBuilder().Piece("a").Build());
        Refused("a second unknown piece beside piece 0", Small().Piece("<u>", 0, 2).Build());
        Refused("is piece 3 already", Small().Piece("a").Build());
        Refused("the piece is empty", Small().Piece("").Build());
        Refused("no finite number", Small().Piece("x", float.NaN).Build());
        Refused("types go from 1 to 6", Small().Piece("x", 0, 7).Build());
        Refused("does not fall back to bytes", Small().Piece("<0x00>", 0, 6).Build());
        Refused("names no byte", Small().Training(35, 1).Piece("<0xZZ>", 0, 6).Build());
        Refused("lacks the piece of byte 0x00", Small().Training(35, 1).Build());
        Refused("not UTF-8", Small().Piece([0xFF], 0, 1).Build());
        Refused("type is WORD", Small().Training(3, 3).Build());
        Refused("type is CHAR", Small().Training(3, 4).Build());
        Refused("type is number 9", Small().Training(3, 9).Build());
        Refused("denormalizer_spec", Small().Denormalization(1).Build());
        Refused("no field is announced", [.. Small().Build(), 0x00]);
        Refused("no field is announced", [.. Small().Build(), 0x0B]);
        Refused("expected a message in field 1, found Varint", [.. Small().Build(), 0x08, 0x01]);
        Refused("longer than 64 bits", [.. Small().Build(), 0x48, .. Enumerable.Repeat((byte)0xFF, 12)]);
        Refused("more bytes for field 1, found 0", [.. Small().Build(), 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]);
    }

    [Fact]
    public void Rules_that_lead_nowhere_are_refused()
    {
        Refused("there are only 3 bytes", Small().CharsMap(1, 2, 3).Build());
        Refused("has 4 bytes of 4", Small().CharsMap(4, 0, 0, 0, 1, 0, 0, 0).Build());
        Refused("has 3 bytes of", Small().CharsMap(3, 0, 0, 0, 1, 0, 0, 0, 0).Build());
        Refused("has 4294967295 bytes of", Small().CharsMap(255, 255, 255, 255, 1, 0, 0, 0, 0).Build());
        Refused("has 0 bytes of", Small().CharsMap(0, 0, 0, 0, 1, 0, 0, 0, 0).Build());
        Refused("not UTF-8", Small().CharsMap(4, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0).Build());
        Refused("leads to place 9", Small().CharsMap(4, 0, 0, 0, 9, 0, 0, 0x80, (byte)'a', 0).Build());
        Refused("leads to place 1", Small().CharsMap(4, 0, 0, 0, 1, 0, 0, 0x80, 0xC3, 0xA9, 0).Build());
        Refused("more than 1024 bytes", Small().CharsMap([4, 0, 0, 0, 0, 0, 0, 0x80, .. Enumerable.Repeat((byte)'a', 1025)]).Build());
        // A double array that leads out of itself matches nothing.
        Tokenizer tokenizer = Load(Small().CharsMap(4, 0, 0, 0, 0, 0xFC, 0xFF, 0x7F, (byte)'a', 0).Build());
        Assert.Equal([2, 0], tokenizer.Encode("x"));
    }

    [Fact]
    public void A_file_cut_at_any_byte_is_refused()
    {
        byte[] sound = SentencePieceModels.Files["bpe_llama"];
        for (int length = 0; length < sound.Length; length += length < 600 || length > sound.Length - 600 ? 1 : 41)
        {
            InputException error = Assert.Throws<InputException>(() => Load(sound[..length]));
            Assert.Equal(_folder["test.model"], error.File);
        }
    }

    [Fact]
    public void Damaged_files_are_refused_or_read()
    {
        Random random = new(5);
        byte[] large = SentencePieceModels.Files["uni_symbols"];
        byte[] small = Small().Piece("<c>", 0, 4).CharsMap(8, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0x80, (byte)'a', 0).Normalization(4, 0).Build();
        int refused = 0;
        for (int i = 0; i < 1500; i++)
        {
            byte[] damaged = [.. i % 20 == 0 ? large : small];
            for (int times = random.Next(1, 4); times > 0; times--)
                damaged[random.Next(damaged.Length)] = random.Next(3) == 0 ? (byte)(random.Next(2) * 0xFF) : (byte)random.Next(256);
            try
            {
                Tokenizer tokenizer = Load(damaged);
                tokenizer.Decode(tokenizer.Encode("ab <c> ﬁ\u2581 é"));
            }
            catch (InputException error) when (error.File == _folder["test.model"])
            {
                refused++;
            }
        }
        Assert.InRange(refused, 400, 1499);
    }

    [Fact]
    public void Control_symbols_are_special_tokens()
    {
        Tokenizer tokenizer = Load(Small().Build());
        Assert.Equal([2, 3, 1, 2, 3], tokenizer.Encode("a<s>a"));
        Assert.Equal([2, 3, 0, 3], tokenizer.Encode("a<s>a", EncodeOptions.SpecialTokensAsText));
        Assert.Throws<InputException>(() => tokenizer.Encode("a<s>a", EncodeOptions.RefuseSpecialTokens));
        Assert.Equal("a a", tokenizer.Decode([2, 3, 1, 2, 3]));
        Assert.True(tokenizer.IsSpecial(0) && tokenizer.IsSpecial(1) && !tokenizer.IsSpecial(2));
        Assert.Equal(4, tokenizer.VocabularySize);
    }

    [Fact]
    public void Offsets_are_places_in_the_text_before_normalization()
    {
        Tokenizer tokenizer = Load(Small().Piece("b", -1).Piece("\u2581b", -1).Build());
        TokenEncoding encoding = tokenizer.EncodeFull("  a   bé ", options: EncodeOptions.SpecialTokensAsText);
        Assert.Equal(["\u2581", "a", "\u2581b", "é"], encoding.Tokens);
        Assert.Equal([(2, 2), (2, 3), (3, 7), (7, 8)], encoding.Offsets.Select(range => (range.Start, range.End)));
    }

    [Fact]
    public void Saving_is_refused_with_the_reason()
    {
        foreach (string name in (string[])["unigram8k", "bpe8k", "uni_suffix"])
        {
            Tokenizer tokenizer = Load(SentencePieceModels.Files[name]);
            InputException error = Assert.Throws<InputException>(() => tokenizer.Save(_folder["tokenizer.json"]));
            Assert.Contains("SentencePiece's own", error.Problem);
            Assert.False(File.Exists(_folder["tokenizer.json"]));
        }
    }

    [Theory]
    [InlineData("bpe_llama", "a")]
    [InlineData("bpe_llama", "the ")]
    [InlineData("bpe_odd", "the ")]
    [InlineData("uni_bare", " ")]
    [InlineData("uni_bare", "x")]
    [InlineData("uni_bare", "q")]
    public void Long_texts_that_repeat_are_encoded_whole(string name, string unit)
    {
        Tokenizer tokenizer = Load(SentencePieceModels.Files[name]);
        string text = string.Concat(Enumerable.Repeat(unit, 100_000));
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    /// <summary>Four pieces: unknown, control, a space, a letter.</summary>
    private static SentencePieceBuilder Small() => new SentencePieceBuilder().Piece("<unk>", 0, 2).Piece("<s>", 0, 3).Piece("\u2581", -2).Piece("a", -3);

    private void Refused(string problem, byte[] contents)
    {
        InputException error = Assert.Throws<InputException>(() => SentencePieceTokenizer.Build(
            SentencePieceFile.Read("m.model", contents)));
        Assert.Equal("m.model", error.File);
        Assert.Contains(problem, error.Problem);
    }

    private Tokenizer Load(byte[] contents)
    {
        File.Delete(_folder["test.model"]);
        File.WriteAllBytes(_folder["test.model"], contents);
        return Tokenizer.Load(_folder["test.model"]);
    }
}
