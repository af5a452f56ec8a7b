using System.Text;
using Castalia.Formats;
using Castalia.Testing;
using Castalia.Text.Exporting;
using Castalia.Text.Tests.Importing;

namespace Castalia.Text.Tests.Exporting;

/// <summary>Tokenizers written into GGUF files: beside llama.cpp's own conversion, and read back.</summary>
public sealed class GgufTokenizerTests : IDisposable
{
    private const string Prefix = "tokenizer.ggml.";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_vocabulary_of_MPT_is_written_as_llama_cpp_wrote_it()
    {
        string path = _folder["mpt.gguf"];
        File.WriteAllBytes(path, TokenizerFixtures.Bytes("mpt.gguf.zst"));
        using GgufFile its = GgufFile.Open(path), ours = Write(Tokenizer.Load(path), out _, rows: 50_432);
        Assert.Equal(its.Get(Prefix + "model").AsString(), ours.Get(Prefix + "model").AsString());
        Assert.Equal(its.Get(Prefix + "tokens").AsStrings(), ours.Get(Prefix + "tokens").AsStrings());
        Assert.Equal(its.Get(Prefix + "merges").AsStrings(), ours.Get(Prefix + "merges").AsStrings());
        Assert.Equal(its.Get(Prefix + "token_type").AsIntegers().Select(Used), ours.Get(Prefix + "token_type").AsIntegers().Select(Used));
        Assert.Equal("gpt-2", ours.Get(Prefix + "pre").AsString()); // "mpt" there, which cuts in the same way

        // Its script of then called tokens that fill up the vocabulary ordinary ones.
        static long Used(long kind) => kind == 5 ? 1 : kind;
    }

    [Theory]
    [InlineData("gpt2", "gpt-2", null)]
    [InlineData("gpt-neox-20b", "gpt-2", "NFC")]
    [InlineData("dolma2", "dbrx", null)]
    public void Ids_are_the_same_when_the_file_is_read(string name, string way, string? remark)
    {
        Tokenizer tokenizer = TokenizerFixtures.Load(name);
        using GgufFile file = Write(tokenizer, out GgufTokenizer written);
        Assert.Equal(way, file.Get(Prefix + "pre").AsString());
        Assert.Equal(remark is null ? 0 : 1, written.Remarks.Count);
        if (remark is not null)
            Assert.Contains(remark, written.Remarks[0], StringComparison.Ordinal);
        Tokenizer back = Tokenizer.Load(file.Path);
        foreach (string text in TokenizerFixtures.NastyStrings.Values.Select(text => tokenizer.Decode(tokenizer.Encode(text)))) // normalized, where the tokenizer does that
            Assert.Equal(tokenizer.Encode(text), back.Encode(text));
        foreach (AddedToken added in tokenizer.AddedTokens)
            Assert.Equal(added.Special ? 3 : 4, file.Get(Prefix + "token_type").AsIntegers()[added.Id]);
    }

    [Theory]
    [InlineData("bpe_llama", "llama", false)]
    [InlineData("bpe_llama", "llama", true)]
    [InlineData("uni_default", "t5", false)]
    [InlineData("uni_bare", "t5", false)]
    [InlineData("uni_cf_bytes", "t5", false)]
    public void Ids_of_SentencePieces_models_are_the_same_when_the_file_is_read(string name, string kind, bool asJson)
    {
        File.WriteAllBytes(_folder["tokenizer.model"], SentencePieceModels.Files[name]);
        Tokenizer tokenizer = Tokenizer.Load(_folder["tokenizer.model"]);
        if (asJson)
            tokenizer = Tokenizer.Parse(tokenizer.ToJson());
        using GgufFile file = Write(tokenizer, out _);
        Assert.Equal(kind, file.Get(Prefix + "model").AsString());
        Assert.Equal(file.Get(Prefix + "tokens").Count, file.Get(Prefix + "scores").Count);
        Tokenizer back = Tokenizer.Load(file.Path);
        foreach (string text in TokenizerFixtures.NastyStrings.Values)
            Assert.Equal(tokenizer.Encode(text), back.Encode(text));
    }

    [Fact]
    public void Rows_that_have_no_token_are_filled_up_and_marks_are_told()
    {
        Tokenizer tokenizer = TokenizerFixtures.Load("gpt2");
        GgufTokenizer written = GgufTokenizer.Of(tokenizer, new GgufTokenizerOptions
        {
            File = "model",
            Rows = 50_260,
            BeginId = 50_256,
            EndId = 50_256,
            PaddingId = 99_999,
            ChatTemplate = "{{ messages }}",
        });
        GgufWriter.Write(_folder["a.gguf"], written.Keys, [], cancellationToken: TestContext.Current.CancellationToken);
        using GgufFile file = GgufFile.Open(_folder["a.gguf"]);
        Assert.Equal(["<|endoftext|>", "[PAD50257]", "[PAD50258]", "[PAD50259]"], file.Get(Prefix + "tokens").AsStrings()[^4..]);
        Assert.Equal([3, 5, 5, 5], file.Get(Prefix + "token_type").AsIntegers()[^4..]);
        Assert.Equal((50_256, 50_256), (file.Get(Prefix + "bos_token_id").AsInteger(), file.Get(Prefix + "eos_token_id").AsInteger()));
        Assert.Null(file.Find(Prefix + "padding_token_id")); // there is no such row
        Assert.False(file.Get(Prefix + "add_bos_token").AsBool());
        Assert.Equal("{{ messages }}", file.Get("tokenizer.chat_template").AsString());
    }

    [Fact]
    public void A_token_that_the_post_processor_puts_in_front_is_told()
    {
        string json = Encoding.UTF8.GetString(TokenizerFixtures.Load("gpt2").ToJson());
        int start = json.IndexOf("\"post_processor\":", StringComparison.Ordinal), end = json.IndexOf("\"decoder\":", StringComparison.Ordinal);
        json = json[..start] + """
            "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
              "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
              "special_tokens": {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [50256], "tokens": ["<|endoftext|>"]}}},
            """ + json[end..];
        GgufWriter.Write(_folder["a.gguf"], GgufTokenizer.Of(Tokenizer.Parse(Encoding.UTF8.GetBytes(json)),
            new GgufTokenizerOptions { File = "model", Rows = 50_257, BeginId = 50_256 }).Keys, [], cancellationToken: TestContext.Current.CancellationToken);
        using GgufFile file = GgufFile.Open(_folder["a.gguf"]);
        Assert.True(file.Get(Prefix + "add_bos_token").AsBool());
        Assert.Equal([50_256, 64], Tokenizer.Load(file.Path).Encode("a"));
    }

    [Fact]
    public void What_llama_cpp_has_not_is_refused_with_the_reason()
    {
        Refused("50257 ids, the model's embedding 50000 rows", TokenizerFixtures.Load("gpt2"), 50_000);
        foreach ((string name, string said) in new[] { ("bpe_bare", "neither rewrites"), ("uni_suffix", "puts one in front"), ("uni_symbols", "user-defined"), ("bpe_odd", "user-defined") })
        {
            File.WriteAllBytes(_folder["tokenizer.model"], SentencePieceModels.Files[name]);
            Refused(said, Tokenizer.Load(_folder["tokenizer.model"]));
        }
        Refused("byte-level BPE and SentencePiece", Parse("""{"type": "WordLevel", "vocab": {"a": 0, "[UNK]": 1}, "unk_token": "[UNK]"}""", "null"));
        Refused("cuts text in none of the ways", Parse(Bpe(), """{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": false}, {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": false}]}"""));
        Refused("normalizes nothing", Parse(Bpe(), ByteLevel, """{"type": "Lowercase"}"""));
        Refused("no unknown token", Parse(Bpe("""
            , "unk_token": "a"
            """), ByteLevel));
        Refused("has a space in it", Parse("""{"type": "BPE", "vocab": {"a": 0, " ": 1, " a": 2}, "merges": [[" ", "a"]]}""", ByteLevel));
        // Of "ab" + "c" and "a" + "bc" only the first is a merge: joining any two that make a token would give other ids.
        const string Falls = "\"unk_token\": null, \"byte_fallback\": true, ";
        Refused("do not merge", Parse($$"""{"type": "BPE", {{Falls}}"vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "bc": 4, "abc": 5}, "merges": [["a", "b"], ["b", "c"], ["ab", "c"]]}""", Metaspace));
        Refused("do not stand together", Parse($$"""{"type": "BPE", {{Falls}}"vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "bc": 4, "abc": 5}, "merges": [["a", "b"], ["ab", "c"], ["b", "c"], ["a", "bc"]]}""", Metaspace));
        Refused("not those of SentencePiece's BPE", Parse($$"""{"type": "BPE", {{Falls}}"vocab": {"a": 0}, "merges": []}""", """{"type": "Whitespace"}"""));

        void Refused(string said, Tokenizer tokenizer, int? rows = null)
        {
            InputException error = Assert.Throws<InputException>(() => GgufTokenizer.Of(tokenizer, new GgufTokenizerOptions { File = "model", Rows = rows ?? tokenizer.VocabularySize }));
            Assert.Equal("model", error.File);
            Assert.Contains(said, error.Problem, StringComparison.Ordinal);
        }
    }

    private const string ByteLevel = """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}""";
    private const string Metaspace = """{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false}""";

    private static string Bpe(string more = "") => $$"""{"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]{{more}}}""";

    private static Tokenizer Parse(string model, string preTokenizer, string normalizer = "null") => Tokenizer.Parse(Encoding.UTF8.GetBytes(
        $$"""{"version": "1.0", "added_tokens": [], "normalizer": {{normalizer}}, "pre_tokenizer": {{preTokenizer}}, "post_processor": null, "decoder": null, "model": {{model}}}"""));

    private GgufFile Write(Tokenizer tokenizer, out GgufTokenizer written, int? rows = null)
    {
        written = GgufTokenizer.Of(tokenizer, new GgufTokenizerOptions { File = "model", Rows = rows ?? tokenizer.VocabularySize, EndId = tokenizer.EndOfTextId });
        GgufWriter.Write(_folder["written.gguf"], written.Keys, [], cancellationToken: TestContext.Current.CancellationToken);
        return GgufFile.Open(_folder["written.gguf"]);
    }
}
