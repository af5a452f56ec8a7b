using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Text.Normalization;
using Castalia.Text.TokenizerJson;
using CsCheck;

namespace Castalia.Text.Tests.Normalization;

/// <summary>What holds for any text and any normalizers.</summary>
public sealed class NormalizerPropertyTests
{
    private static readonly JsonObject Parts = JsonNode.Parse(TokenizerFixtures.Bytes("golden", "normalizers.parts.json.zst"))!["normalizers"]!.AsObject();

    private static readonly Dictionary<string, Normalizer> Normalizers = Parts.ToDictionary(
        part => part.Key, part => NormalizerReader.Read(new JsonPart(JsonDocument.Parse(part.Value!.ToJsonString()).RootElement, "test", "$")));

    private static readonly string[] Names = [.. Normalizers.Keys];

    private static readonly string[] Pieces =
    [
        " ", "  ", "\n", "\r\n", "\t", "\u0085", "\u00a0", "\u3000", "\u200b", "a", "A", "le", "é", "É", "e\u0301", "\u0301", "\u0323", "\u0345", "\u0344", "\u0f73", "\u05bc",
        "İ", "ẞ", "Σ", "ẛ", "ŉ", "ﬁ", "ﷺ", "…", "①", "½", "漢", "豈", "日", "한", "\u1100\u1161\u11a8", "ㄱ", "ｶﾞ", "か\u3099", "क\u094dष", "क़", "\u0600", "\u0d4e",
        "👩\u200d👧", "👍🏽", "🇫🇷", "©", "\u200d", "\ufffd", "\0", "\u0007", "\ue000", "\U0001D15F", "\U00010400",
    ];

    private static readonly Gen<string> AnyText = Gen.Frequency(
        (4, Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i])),
        (1, Gen.Int[1, 0x10FFFF].Where(point => point is < 0xD800 or > 0xDFFF).Select(char.ConvertFromUtf32))).List[0, 20].Select(string.Concat);

    private static readonly Gen<Normalizer> AnySequence =
        Gen.Int[0, Names.Length - 1].List[1, 4].Select(picks => (Normalizer)new NormalizerSequence([.. picks.Select(pick => Normalizers[Names[pick]])]));

    [Fact]
    public void Alignments_go_forward_within_the_text_and_whole_characters_share_theirs()
    {
        Gen.Select(AnyText, AnySequence, Gen.Int[0, 9]).Sample((text, normalizer, start) =>
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            NormalizedText normalized = Run(normalizer, utf8, start, tracked: true);
            int lastStart = start, lastEnd = start;
            for (int at = 0; at < normalized.Length; at++)
            {
                OriginalRange origin = normalized.OriginOf(at, at + 1);
                Assert.InRange(origin.Start, lastStart, start + utf8.Length);
                Assert.InRange(origin.End, Math.Max(origin.Start, lastEnd), start + utf8.Length);
                Assert.True(IsBoundary(utf8, origin.Start - start) && IsBoundary(utf8, origin.End - start));
                if ((normalized.Bytes[at] & 0xC0) == 0x80)
                    Assert.Equal(normalized.OriginOf(at - 1, at), origin);
                (lastStart, lastEnd) = (origin.Start, origin.End);
            }
        }, iter: 5000);
    }

    [Fact]
    public void Texts_normalize_alike_with_and_without_alignments_and_stay_UTF8() =>
        Gen.Select(AnyText, AnySequence).Sample((text, normalizer) =>
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text), untracked = normalizer.Normalize(utf8);
            return System.Text.Unicode.Utf8.IsValid(untracked) && Run(normalizer, utf8, 0, tracked: true).Bytes.SequenceEqual(untracked);
        }, iter: 5000);

    [Fact]
    public void What_is_said_to_stay_as_it_is_does() =>
        Gen.Select(AnyText, AnySequence).Sample((text, normalizer) =>
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            return !normalizer.LeavesAsIs(utf8) || normalizer.Normalize(utf8).AsSpan().SequenceEqual(utf8);
        }, iter: 5000);

    [Theory]
    [InlineData("gpt2")]
    [InlineData("dolma2")]
    public void Parts_of_a_text_have_the_ids_of_the_whole_whatever_the_normalizer(string name)
    {
        JsonNode file = JsonNode.Parse(TokenizerFixtures.Bytes($"{name}.tokenizer.json.zst"))!;
        string[] local = [.. Names.Where(part => Normalizers[part].IsLocal)];
        Assert.Contains("NFKD", local);
        Assert.DoesNotContain("Strip", local);
        foreach (string part in local)
        {
            file["normalizer"] = Parts[part]!.DeepClone();
            Tokenizer tokenizer = Tokenizer.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()));
            Assert.False(tokenizer.CreateStreamEncoder().KeepsWholeText);
            Gen.Select(AnyText, Gen.Int[1, 20]).Sample((text, enough) =>
            {
                System.Buffers.ArrayBufferWriter<int> ids = new();
                StreamEncoder encoder = tokenizer.CreateStreamEncoder(EncodeOptions.None, enough);
                encoder.Append(Encoding.UTF8.GetBytes(text), ids);
                encoder.Finish(ids);
                return ids.WrittenSpan.SequenceEqual(tokenizer.Encode(text));
            }, iter: 300);
        }
    }

    [Fact]
    public void What_is_put_in_before_all_else_is_normalized_like_the_rest()
    {
        // HF loses count where something stands at the start that comes from nothing: it takes the whole process down, or writes it twice.
        Normalizer normalizer = new NormalizerSequence([Normalizers["ReplaceRegexEmpty"], Normalizers["PrependTwo"], Normalizers["Lowercase"]]);
        NormalizedText text = Run(normalizer, "BÉa"u8.ToArray(), 3, tracked: true);
        Assert.Equal("ab_b_é_", Encoding.UTF8.GetString(text.Bytes));
        Assert.Equal(new OriginalRange(3, 3), text.OriginOf(0, 3));
    }

    [Fact]
    public void A_letter_that_decomposes_does_not_end_a_part()
    {
        // U+0958 is a letter, but NFC makes it a letter and a mark, and cl100k's pattern takes a mark and a new line together.
        JsonNode file = JsonNode.Parse(TokenizerFixtures.Bytes("dolma2.tokenizer.json.zst"))!;
        file["normalizer"] = new JsonObject { ["type"] = "NFC" };
        Tokenizer tokenizer = Tokenizer.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()));
        System.Buffers.ArrayBufferWriter<int> ids = new();
        StreamEncoder encoder = tokenizer.CreateStreamEncoder(EncodeOptions.None, 1);
        encoder.Append("\u0958\n\u0958\n\n"u8, ids);
        encoder.Finish(ids);
        Assert.Equal(tokenizer.Encode("\u0958\n\u0958\n\n"), ids.WrittenSpan.ToArray());
    }

    private static NormalizedText Run(Normalizer normalizer, byte[] utf8, int start, bool tracked)
    {
        NormalizedText text = new();
        text.Clear(tracked);
        text.Append(utf8, start);
        normalizer.Normalize(text);
        return text;
    }

    private static bool IsBoundary(byte[] utf8, int at) => at == utf8.Length || (utf8[at] & 0xC0) != 0x80;
}
