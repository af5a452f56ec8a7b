using System.Text.Json;
using Castalia.Testing;
using Castalia.Text.Importing;

namespace Castalia.Text.Tests.Importing;

/// <summary>The vocabularies inside GGUF files give the ids of llama.cpp, or of the models that they were converted from.</summary>
public sealed class GgufVocabularyTests : IDisposable
{
    private const string Prefix = "tokenizer.ggml.";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ids_with_the_vocabulary_of_MPT_are_those_of_llama_cpp()
    {
        Tokenizer tokenizer = Load(TokenizerFixtures.Bytes("mpt.gguf.zst"));
        AssertIds("mpt", tokenizer, EncodeOptions.None);
        Assert.Equal(50_432, tokenizer.VocabularySize);
        Assert.Equal([0, 1], tokenizer.AddedTokens.Where(token => token.Special).Select(token => token.Id));
        tokenizer.Save(_folder["tokenizer.json"]);
        Tokenizer saved = Tokenizer.Load(_folder["tokenizer.json"]);
        AssertIds("mpt", saved, EncodeOptions.None);
        Assert.Equal(tokenizer.ToJson(), saved.ToJson());
    }

    [Fact]
    public void Ids_with_the_vocabulary_of_GPT_2_are_those_of_llama_cpp()
    {
        Tokenizer gpt2 = TokenizerFixtures.Load("gpt2");
        Tokenizer tokenizer = Load(ByteLevel(gpt2, "gpt-2").Build());
        AssertIds("gpt-2", tokenizer, EncodeOptions.SpecialTokensAsText);
        Assert.Equal(gpt2.AddedTokens, tokenizer.AddedTokens);
    }

    [Fact]
    public void Marks_are_put_in_where_the_file_says_so()
    {
        GgufBuilder builder = ByteLevel(TokenizerFixtures.Load("gpt2"), "llama-bpe").Add(Prefix + "bos_token_id", 50_256u);
        Tokenizer tokenizer = Load(builder.Build());
        Assert.Equal([50_256, 64], tokenizer.Encode("a"));
        Assert.Equal([64], tokenizer.Encode("a", EncodeOptions.WithoutPostProcessor));
        Assert.Equal([50_256, 64, 50_256, 65], tokenizer.EncodeFull("a", "b").Ids);
        Assert.Equal(tokenizer.ToJson(), Tokenizer.Parse(tokenizer.ToJson()).ToJson());
        Assert.Equal([64], Load(builder.Add(Prefix + "add_bos_token", false).Build()).Encode("a"));
        builder = ByteLevel(TokenizerFixtures.Load("gpt2"), "gpt-2").Add(Prefix + "add_eos_token", true).Add(Prefix + "eos_token_id", 0u);
        Assert.Equal([64, 0], Load(builder.Build()).Encode("a"));
        Refused("ids go up to 50256", ByteLevel(TokenizerFixtures.Load("gpt2"), "llama-bpe").Add(Prefix + "bos_token_id", 50_257u));
        Refused("its id is missing", ByteLevel(TokenizerFixtures.Load("gpt2"), "llama-bpe"));
    }

    [Theory]
    [InlineData("bpe_llama", "llama")]
    [InlineData("bpe_symbols", "llama")]
    [InlineData("uni_default", "t5")]
    [InlineData("uni_cf_bytes", "t5")]
    [InlineData("uni_bare", "t5")]
    public void Ids_with_the_vocabulary_of_a_SentencePiece_model_are_the_models(string name, string kind)
    {
        SentencePieceModel model = SentencePieceFile.Read(name, SentencePieceModels.Files[name]);
        Tokenizer tokenizer = Load(Pieces(model, kind).Build());
        // GGUF cannot say that the space stands at the end.
        Tokenizer original = SentencePieceTokenizer.Build(model with { WhitespaceAsSuffix = false });
        foreach (string text in TokenizerFixtures.NastyStrings.Values)
        {
            int[] expected = original.Encode(text);
            Assert.Equal(expected, tokenizer.Encode(text, EncodeOptions.WithoutPostProcessor));
            Assert.Equal(kind == "llama" ? [1, .. expected] : [.. expected, 2], tokenizer.Encode(text));
        }
    }

    [Fact]
    public void Vocabularies_that_cannot_be_are_refused()
    {
        GgufBuilder Small(string model, string[] tokens, int[] types) =>
            new GgufBuilder().Add(Prefix + "model", model).Add(Prefix + "tokens", tokens).Add(Prefix + "token_type", types);

        Refused("do not include it", new GgufBuilder());
        Refused("do not include it", new GgufBuilder().Add(Prefix + "model", "gpt2"));
        Refused("of the kind \"rwkv\"", Small("rwkv", ["a"], [1]));
        Refused("2 types for 1 tokens", Small("gpt2", ["a"], [1, 1]));
        Refused("token 0 has type 7", Small("gpt2", ["a"], [7]));
        Refused("token 0 has type 0", Small("gpt2", ["a"], [0]));
        Refused("called \"qwen9\"", Small("gpt2", ["a"], [1]).Add(Prefix + "pre", "qwen9"));
        Refused("do not include it", Small("gpt2", ["a"], [1]).Add(Prefix + "pre", "gpt-2"));
        Refused("is token 0 already", Small("gpt2", ["a", "a"], [1, 1]).Add(Prefix + "pre", "gpt-2"));
        Refused("it has no text", Small("gpt2", ["a", ""], [1, 3]).Add(Prefix + "pre", "gpt-2").Add(Prefix + "merges", Array.Empty<string>()));
        foreach (string merge in (string[])["", "a", " a", "a ", "ab"])
            Refused("two tokens with a space", Small("gpt2", ["a"], [1]).Add(Prefix + "pre", "gpt-2").Add(Prefix + "merges", [merge]));
        Refused("needs the token \"aa\"", Small("gpt2", ["a"], [1]).Add(Prefix + "pre", "gpt-2").Add(Prefix + "merges", ["a a"]));
        Refused("do not include it", Small("llama", ["a"], [1]));
        Refused("2 scores for 1 tokens", Small("llama", ["a"], [1]).Add(Prefix + "scores", [0f, 0f]));
        Refused("no unknown piece", Small("llama", ["a"], [1]).Add(Prefix + "scores", [0f]));
        Refused("lacks the piece of byte 0x01", Small("llama", ["<u>", "<0x00>"], [2, 6]).Add(Prefix + "scores", [0f, 0f]));
        Refused("in the precompiled_charsmap, there are only 3 bytes", Small("t5", ["<u>"], [2]).Add(Prefix + "scores", [0f]).Add(Prefix + "precompiled_charsmap", "abc"u8.ToArray()));
        Refused("no token [UNK]", Small("bert", ["a"], [1]));
        Refused("is token 0 already", Small("bert", ["##a", "a"], [3, 1]));
    }

    private static GgufBuilder ByteLevel(Tokenizer tokenizer, string pre)
    {
        JsonElement model = JsonDocument.Parse(tokenizer.ToJson()).RootElement.GetProperty("model");
        return new GgufBuilder().Add("general.architecture", "gpt2").Add(Prefix + "model", "gpt2").Add(Prefix + "pre", pre)
            .Add(Prefix + "tokens", Enumerable.Range(0, tokenizer.VocabularySize).Select(id => tokenizer.IdToToken(id)!))
            .Add(Prefix + "token_type", Enumerable.Range(0, tokenizer.VocabularySize).Select(id => tokenizer.IsSpecial(id) ? 3 : 1))
            .Add(Prefix + "merges", model.GetProperty("merges").EnumerateArray().Select(merge => $"{merge[0].GetString()} {merge[1].GetString()}"));
    }

    private static GgufBuilder Pieces(SentencePieceModel model, string kind) => new GgufBuilder().Add(Prefix + "model", kind)
        .Add(Prefix + "tokens", model.Pieces.Select(piece => piece.Text)).Add(Prefix + "scores", model.Pieces.Select(piece => piece.Score))
        .Add(Prefix + "token_type", model.Pieces.Select(piece => (int)piece.Kind)).Add(Prefix + "add_space_prefix", model.AddDummyPrefix)
        .Add(Prefix + "remove_extra_whitespaces", model.RemoveExtraWhitespaces).Add(Prefix + "bos_token_id", 1u).Add(Prefix + "eos_token_id", 2u)
        .Add(Prefix + "precompiled_charsmap", SentencePieceModels.CharsMapOf(model.File));

    private static void AssertIds(string name, Tokenizer tokenizer, EncodeOptions options)
    {
        foreach (JsonElement line in TokenizerFixtures.Lines("golden", "llama.cpp.jsonl.zst"))
        {
            string text = line.GetProperty("text").GetString()!;
            int[] expected = [.. line.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal($"{text}: {string.Join(' ', expected)}", $"{text}: {string.Join(' ', tokenizer.Encode(text, options))}");
        }
    }

    private void Refused(string problem, GgufBuilder builder)
    {
        InputException error = Assert.Throws<InputException>(() => Load(builder.Build()));
        Assert.Equal(_folder["test.gguf"], error.File);
        Assert.Contains(problem, error.Problem);
    }

    private Tokenizer Load(byte[] contents)
    {
        File.Delete(_folder["test.gguf"]);
        File.WriteAllBytes(_folder["test.gguf"], contents);
        return Tokenizer.Load(_folder["test.gguf"]);
    }
}
