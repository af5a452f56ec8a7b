using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Text.Tests.Importing;

/// <summary>SentencePiece models give SentencePiece's ids and texts.</summary>
public sealed class SentencePieceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Names => [.. SentencePieceModels.Files.Keys.Where(name => !name.EndsWith("8k", StringComparison.Ordinal))];

    [Theory]
    [InlineData("unigram8k")]
    [InlineData("bpe8k")]
    public void Ids_of_two_thousand_lines_are_those_of_spm_encode(string name)
    {
        Tokenizer tokenizer = Load(name);
        foreach (JsonElement line in TokenizerFixtures.Lines("golden", "sentencepiece.8k.jsonl.zst"))
        {
            string text = line.GetProperty("text").GetString()!;
            Assert.Equal(Show(text, line.GetProperty("ids").GetProperty(name).EnumerateArray().Select(id => id.GetInt32())), Show(text, tokenizer.Encode(text)));
        }
    }

    /// <summary>SentencePiece never finds control symbols in a text.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Ids_and_texts_are_those_of_spm_encode_and_spm_decode(string name)
    {
        Tokenizer tokenizer = Load(name);
        foreach (JsonElement line in TokenizerFixtures.Lines("golden", "sentencepiece.jsonl.zst"))
        {
            string text = line.GetProperty("text").GetString()!;
            int[] expected = [.. line.GetProperty("ids").GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal(Show(text, expected), Show(text, tokenizer.Encode(text, EncodeOptions.SpecialTokensAsText)));
            Assert.Equal(expected, tokenizer.EncodeFull(text, options: EncodeOptions.SpecialTokensAsText).Ids);
            Assert.Equal(line.GetProperty("decoded").GetProperty(name).GetString(), tokenizer.Decode(expected));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Texts_of_any_ids_are_those_of_spm_decode_also_one_by_one(string name)
    {
        Tokenizer tokenizer = Load(name);
        foreach (JsonElement line in TokenizerFixtures.Lines("golden", "sentencepiece.decoded.jsonl.zst").Where(line => line.GetProperty("model").GetString() == name))
        {
            int[] ids = [.. line.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            string expected = line.GetProperty("decoded").GetString()!;
            Assert.Equal(Show(expected, ids), Show(tokenizer.Decode(ids), ids));
            TokenDecoder decoder = tokenizer.CreateDecoder();
            Assert.Equal(expected, string.Concat(ids.Select(decoder.Append)) + decoder.Finish());
        }
    }

    private static string Show(string text, IEnumerable<int> ids) => $"{text}: {string.Join(' ', ids)}";

    private Tokenizer Load(string name)
    {
        File.WriteAllBytes(_folder[$"{name}.model"], SentencePieceModels.Files[name]);
        return Tokenizer.Load(_folder[$"{name}.model"]);
    }
}
