using System.Text;
using Castalia.Text;
using CsCheck;

namespace Castalia.Models.Tests.Generation;

public sealed class TextContinuationTests
{
    private static readonly Tokenizer Bytes = SmallTokenizers.ByteLevel;

    [Fact]
    public void A_character_comes_when_it_is_whole_and_its_tokens_with_it()
    {
        var continuation = new TextContinuation(Bytes, [], [], new TokenTexts(Bytes));
        int[] tokens = [.. Encoding.UTF8.GetBytes("é€").Select(Byte)];
        TextPiece[] pieces = [.. tokens.Select((token, i) => continuation.Append(Token(token, i == tokens.Length - 1 ? FinishReason.Length : null)))];
        Assert.Equal(["", "é", "", "", "€"], pieces.Select(piece => piece.Text));
        Assert.Equal([0, 2, 0, 0, 3], pieces.Select(piece => piece.Tokens.Count));
        TextToken[] all = [.. pieces.SelectMany(piece => piece.Tokens)];
        Assert.Equal([0L, 1, 2, 3, 4], all.Select(token => token.ByteOffset));
        Assert.Equal([0, 0, 1, 1, 1], all.Select(token => token.TextOffset));
        Assert.Equal("\\xC3", all[0].Text);
        Assert.Equal(Encoding.UTF8.GetBytes("é€"), all.SelectMany(token => token.Bytes.ToArray()));
        Assert.Equal(FinishReason.Length, continuation.Finish);
        Assert.Equal(5, continuation.Tokens);
    }

    [Fact]
    public void A_character_that_is_cut_off_comes_out_at_the_end()
    {
        var continuation = new TextContinuation(Bytes, [], [], new TokenTexts(Bytes));
        Assert.Equal("", continuation.Append(Token(Byte(0xC3))).Text);
        TextPiece last = continuation.Append(Token(Byte(0xA9) /* é */, null));
        Assert.Equal("é", last.Text);
        last = continuation.Append(Token(Byte(0xE2), FinishReason.Length));
        Assert.Equal("\uFFFD", last.Text);
        Assert.Single(last.Tokens);
    }

    [Fact]
    public void A_stop_string_over_several_tokens_is_never_shown_nor_are_its_tokens()
    {
        var continuation = new TextContinuation(Bytes, [], ["\nUser:"], new TokenTexts(Bytes));
        var shown = new StringBuilder();
        var tokens = new List<TextToken>();
        int count = 0;
        foreach (int token in Bytes.Encode("the end\nUs\nUser: the"))
        {
            count++;
            TextPiece piece = continuation.Append(Token(token));
            shown.Append(piece.Text);
            tokens.AddRange(piece.Tokens);
            if (piece.Finish is null)
                continue;
            Assert.Equal(("\nUser:", FinishReason.Stop), (piece.StopString, piece.Finish));
            break;
        }
        Assert.Equal("the end\nUs", shown.ToString());
        Assert.Equal("the end\nUs", string.Concat(tokens.Select(token => token.Text)));
        Assert.Equal(count, continuation.Tokens);
        Assert.Throws<InvalidOperationException>(() => continuation.Append(Token(5)));
    }

    [Fact]
    public void A_stop_token_is_no_text_and_what_was_held_back_comes_out_before_it()
    {
        var continuation = new TextContinuation(Bytes, [], ["ab"]);
        Assert.Equal("", continuation.Append(Token(Byte((byte)'a'))).Text);
        TextPiece last = continuation.Append(Token(Byte((byte)'b'), FinishReason.Stop)); // a token that ends texts, whatever it stands for
        Assert.Equal(("a", FinishReason.Stop, null), (last.Text, last.Finish, last.StopString));
    }

    [Fact]
    public void Special_tokens_are_no_text()
    {
        var continuation = new TextContinuation(Bytes, [], [], new TokenTexts(Bytes));
        TextPiece piece = continuation.Append(Token(Bytes.EndOfTextId!.Value));
        Assert.Equal("", piece.Text);
        piece = continuation.Append(Token(Byte((byte)'x'), FinishReason.Length));
        Assert.Equal("x", piece.Text);
        Assert.Equal(2, piece.Tokens.Count);
    }

    /// <summary>Decoders of SentencePiece take the blank from the first word of a text. A continuation's first word is not the text's.</summary>
    [Fact]
    public void A_blank_between_prompt_and_continuation_stays()
    {
        Tokenizer tokenizer = SmallTokenizers.Metaspace;
        int[] prompt = tokenizer.Encode("the end");
        Assert.Equal(1, prompt[0]); // <s>
        int the = tokenizer.TokenToId("▁the")!.Value;
        var continuation = new TextContinuation(tokenizer, prompt, []);
        Assert.Equal(" the", continuation.Append(Token(the, FinishReason.Length)).Text);
        Assert.Equal("the", new TextContinuation(tokenizer, [], []).Append(Token(the, FinishReason.Length)).Text);
    }

    [Fact]
    public void All_pieces_together_are_the_decoded_text_and_all_tokens_come_in_order() =>
        Check.Sample(Gen.Select(Gen.Int[1, Bytes.VocabularySize - 1].Array[1, 40], Gen.String[Gen.Char["eht nd"], 1, 3].Array[0, 2]), (ids, stops) =>
        {
            var continuation = new TextContinuation(Bytes, [], stops, new TokenTexts(Bytes));
            var text = new StringBuilder();
            var tokens = new List<TextToken>();
            for (int i = 0; i < ids.Length && continuation.Finish is null; i++)
            {
                TextPiece piece = continuation.Append(Token(ids[i], i == ids.Length - 1 ? FinishReason.Length : null));
                text.Append(piece.Text);
                tokens.AddRange(piece.Tokens);
            }
            string whole = Bytes.Decode(ids, skipSpecialTokens: true);
            int end = Enumerable.Range(0, whole.Length + 1).FirstOrDefault(at => stops.Any(stop => whole[..at].EndsWith(stop, StringComparison.Ordinal)), -1);
            string expected = end < 0 ? whole : whole[..(end - stops.Where(stop => whole[..end].EndsWith(stop, StringComparison.Ordinal)).Max(stop => stop.Length))];
            Assert.Equal(expected, text.ToString());
            Assert.Equal(ids.Take(tokens.Count), tokens.Select(token => token.Id));
            if (end < 0)
                Assert.Equal(ids.Length, tokens.Count);
            Assert.All(tokens, token => Assert.True(token.TextOffset <= expected.Length));
        }, iter: 2000);

    private static int Byte(byte value) => Enumerable.Range(0, Bytes.VocabularySize).First(id => Bytes.TokenBytes(id) is [var only] && only == value);

    private static BatchToken Token(int id, FinishReason? finish = null) => new(0, id, -1, [], finish);
}
