using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;

namespace Castalia.Text.Tests;

/// <summary>A text in parts has the ids of the whole, however it is cut.</summary>
public sealed class StreamEncoderTests
{
    private static readonly string[] Pieces =
    [
        " ", " ", "  ", "\n", "\r\n", "\t", "'s", "'LL", "a", "the", "Ab", "é", "e\u0301", "ſ", "漢字", "。", "𝒜", "🇫🇷", "1", "2024", "½", "!", "...", "\u00a0",
        "\u3000", "<|endoftext|>", "new york", "new", "york", " lone", "swallow", "[L]", "\u0301", "한", "\u1100\u1161",
    ];

    private static readonly Gen<string> AnyText = Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).List[0, 60].Select(string.Concat);

    /// <summary>Tokenizers whose added tokens reach across words, swallow white space or want to be alone.</summary>
    private static readonly Lazy<Tokenizer> Reaching = new(() =>
    {
        JsonNode file = JsonNode.Parse(TokenizerFixtures.Bytes("gpt2.tokenizer.json.zst"))!;
        JsonArray added = file["added_tokens"]!.AsArray();
        int id = 50_257;
        foreach ((string content, bool single, bool left, bool right) in new[]
            { ("new york", false, false, false), (" lone", true, false, false), ("swallow", false, false, true), ("[L]", false, true, true), ("e\u0301 e", false, false, false) })
        {
            added.Add(new JsonObject
            {
                ["id"] = id++,
                ["content"] = content,
                ["single_word"] = single,
                ["lstrip"] = left,
                ["rstrip"] = right,
                ["normalized"] = false,
                ["special"] = false,
            });
        }
        return Tokenizer.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()));
    });

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt-neox-20b")]
    [InlineData("dolma2")]
    [InlineData("reaching")]
    public void Parts_have_the_ids_of_the_whole(string name)
    {
        Tokenizer tokenizer = name == "reaching" ? Reaching.Value : TokenizerFixtures.Load(name);
        Assert.False(tokenizer.CreateStreamEncoder().KeepsWholeText);
        Gen.Select(AnyText, Gen.Int[1, 40], Gen.Int[1, 30]).Sample(
            (text, enough, part) => InParts(tokenizer, Encoding.UTF8.GetBytes(text), enough, part).SequenceEqual(tokenizer.Encode(text)), iter: 2000);
    }

    [Fact]
    public void Ill_formed_bytes_are_read_the_same_in_parts()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        Gen.Select(Gen.OneOf(Gen.Byte, Gen.Int[0, 2].Select(i => (byte)" a\u00c3"[i])).Array[0, 80], Gen.Int[1, 20]).Sample((bytes, part) =>
        {
            List<int> whole = [];
            tokenizer.Encode(bytes, whole);
            return InParts(tokenizer, bytes, 4, part).SequenceEqual(whole);
        });
    }

    [Fact]
    public void A_stream_keeps_little_of_a_long_text()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt-neox-20b");
        byte[] line = Encoding.UTF8.GetBytes("It was the best of times, it was the worst of times. 漢字  ");
        List<int> ids = [];
        using RepeatedStream stream = new(line, 100_000);
        foreach (ReadOnlyMemory<int> batch in tokenizer.EncodeStream(stream))
        {
            Assert.InRange(batch.Length, 1, 1 << 20);
            ids.AddRange(batch.Span);
        }
        List<int> whole = [];
        tokenizer.Encode([.. Enumerable.Repeat(line, 100_000).SelectMany(bytes => bytes)], whole);
        Assert.Equal(whole, ids);
    }

    [Fact]
    public void An_encoder_can_be_used_again_and_refuses_special_tokens_where_told_to()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        StreamEncoder encoder = tokenizer.CreateStreamEncoder();
        ArrayBufferWriter<int> ids = new();
        for (int round = 0; round < 2; round++)
        {
            encoder.Append("Hello wor"u8, ids);
            encoder.Append("ld"u8, ids);
            encoder.Finish(ids);
        }
        Assert.Equal([.. tokenizer.Encode("Hello world"), .. tokenizer.Encode("Hello world")], ids.WrittenSpan.ToArray());
        StreamEncoder strict = tokenizer.CreateStreamEncoder(EncodeOptions.RefuseSpecialTokens);
        strict.Append("a<|endoftext|>"u8, ids);
        InputException error = Assert.Throws<InputException>(() => strict.Finish(ids));
        Assert.Contains("<|endoftext|>", error.Problem, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => tokenizer.WithTruncation(new TruncationOptions()).CreateStreamEncoder());
    }

    private static int[] InParts(Tokenizer tokenizer, byte[] text, int enough, int part)
    {
        StreamEncoder encoder = tokenizer.CreateStreamEncoder(EncodeOptions.None, enough);
        ArrayBufferWriter<int> ids = new();
        foreach (byte[] bytes in text.Chunk(part))
            encoder.Append(bytes, ids);
        encoder.Finish(ids);
        return ids.WrittenSpan.ToArray();
    }

    private sealed class RepeatedStream(byte[] line, int times) : MemoryStream
    {
        private long _at;

        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(buffer.Length, ((long)line.Length * times) - _at);
            for (int i = 0; i < count; i++)
                buffer[i] = line[(int)(_at++ % line.Length)];
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }
}
