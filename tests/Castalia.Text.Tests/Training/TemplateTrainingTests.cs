using System.Security.Cryptography;
using System.Text;
using Castalia.Testing;

namespace Castalia.Text.Tests.Training;

/// <summary>Training with the parts of another tokenizer, as <c>tokenizer.train</c> of HF tokenizers does.</summary>
public sealed class TemplateTrainingTests : IDisposable
{
    private const string EmptyModel = """
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false,
          "byte_fallback": false, "ignore_merges": false, "vocab": {}, "merges": []}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>SHA-256 of the files that HF tokenizers 0.23.2 saved after training on the lines of the first 600,000 characters of train5.txt.</summary>
    [Theory]
    [InlineData("84ee91d585d36f8073e3acaf3fa49bf405579b09cbe71a9ac039c25d9e710dd1", """
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
        """)]
    [InlineData("0c11484eff58e36aa56b2093e4e6bbbd2e43075e631f63bd1178f45bced58177", """
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true},
          {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}]},
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        """)]
    public void A_tokenizer_trained_like_another_is_the_file_that_HF_saves(string hash, string parts)
    {
        string template = _folder["template.json"];
        File.WriteAllText(template, $$"""{"version": "1.0", "added_tokens": [], {{parts}} {{EmptyModel}}}""");
        string text = Encoding.UTF8.GetString(TokenizerFixtures.Bytes("train5.txt.zst"))[..600_000];
        byte[] json = TokenizerTrainer.Train(
            Lines(text), new TrainerOptions { Template = template, SpecialTokens = [], AllBytes = false },
            cancellation: TestContext.Current.CancellationToken).ToJson();
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(json)));
    }

    [Theory]
    [InlineData(TrainedModelKind.Bpe)]
    [InlineData(TrainedModelKind.WordPiece)]
    [InlineData(TrainedModelKind.WordLevel)]
    [InlineData(TrainedModelKind.Unigram)]
    public void Special_tokens_get_their_new_ids_in_the_post_processor(TrainedModelKind model)
    {
        string template = _folder["bert.json"];
        File.WriteAllText(template, $$"""
            {"version": "1.0", "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
             "pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
             "added_tokens": [{"id": 0, "content": "[SEP]", "special": true}, {"id": 1, "content": "[CLS]", "special": true}],
             "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 0], "cls": ["[CLS]", 1]},
             {{EmptyModel}} }
            """);
        TrainerOptions options = new() { Template = template, Model = model, VocabularySize = 60, UnknownToken = "[UNK]", SpecialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] };
        string[] texts = [.. Enumerable.Repeat("The cat sat. The dog sat, the cats naïve", 20)];
        Tokenizer trained = TokenizerTrainer.Train(texts, options, cancellation: TestContext.Current.CancellationToken).ToTokenizer();
        TokenEncoding encoding = trained.EncodeFull("the cat", "the dog");
        Assert.Equal("[CLS]", encoding.Tokens[0]);
        Assert.Equal(2, encoding.Ids[0]);
        Assert.Equal("[SEP]", encoding.Tokens[^1]);
        Assert.Equal(trained.TokenToId("[SEP]"), encoding.Ids[^1]);
        // A saved tokenizer keeps them.
        Assert.Equal(encoding.Ids, Tokenizer.Parse(trained.ToJson()).EncodeFull("the cat", "the dog").Ids);
        InputException error = Assert.Throws<InputException>(() => TokenizerTrainer.Train(
            texts, options with { SpecialTokens = ["[UNK]", "[SEP]"] }, cancellation: TestContext.Current.CancellationToken).ToTokenizer());
        Assert.Contains("[CLS]", error.Problem, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Lines(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start) is int at and >= 0 ? at + 1 : text.Length;
            yield return text[start..end];
            start = end;
        }
    }
}
