using System.Text;
using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Tests.Models;

/// <summary>Models as files may write them, odd and wrong ones as well. All that is said of HF was seen with HF tokenizers 0.23.2.</summary>
public sealed class ModelFileTests
{
    [Fact]
    public void Scores_are_read_and_written_as_HF_does()
    {
        List<string> wrong = [];
        int inexact = 0;
        foreach (JsonElement pair in JsonDocument.Parse(TokenizerFixtures.Bytes("golden", "scores.json.zst")).RootElement.EnumerateArray())
        {
            string given = pair[0].GetString()!;
            string? expected = pair[1].GetString(), found = RustNumber.Read(given) is double value ? RustNumber.Write(value) : null;
            if (found != expected)
                wrong.Add($"{given}: {found} instead of {expected}");
            if (RustNumber.Read(given) is double read && read != double.Parse(given, System.Globalization.CultureInfo.InvariantCulture))
                inexact++;
        }
        Assert.Empty(wrong);
        // It does matter: a good part of these is not read to the nearest double.
        Assert.Equal(305, inexact);
    }

    [Theory]
    [InlineData("""{"unk_id": 0, "vocab": [["a", 1]], "byte_fallback": false}""", "Unigram")]
    [InlineData("""{"vocab": [["a", 1]]}""", "Unigram")]
    [InlineData("""{"vocab": [["a", 1]], "merges": []}""", "Unigram")]
    [InlineData("""{"vocab": [["a", 1]], "unk_token": "a"}""", "Unigram")]
    [InlineData("""{"vocab": {"a": 0}, "unk_token": "a"}""", "WordLevel")]
    [InlineData("""{"vocab": {}, "unk_token": "a"}""", "WordLevel")]
    [InlineData("""{"vocab": {"a": 0}, "unk_token": "a", "merges": null}""", "WordLevel")]
    [InlineData("""{"vocab": {"a": 0}, "unk_token": "a", "continuing_subword_prefix": "##"}""", "WordLevel")]
    [InlineData("""{"vocab": {"a": 0}, "unk_token": "a", "max_input_chars_per_word": 5}""", "WordLevel")]
    [InlineData("""{"vocab": {"a": 0}, "unk_token": "a", "continuing_subword_prefix": null, "max_input_chars_per_word": 5}""", "WordLevel")]
    [InlineData("""{"vocab": {"a": 0}, "unk_token": "a", "continuing_subword_prefix": "##", "max_input_chars_per_word": null}""", "WordLevel")]
    [InlineData("""{"vocab": {"a": 0}, "unk_token": "a", "continuing_subword_prefix": "##", "max_input_chars_per_word": -5}""", "WordLevel")]
    [InlineData("""{"vocab": {"a": 0}, "unk_token": "a", "continuing_subword_prefix": "##", "max_input_chars_per_word": "x"}""", "WordLevel")]
    [InlineData("""{"vocab": {"a": 0}, "unk_token": "a", "continuing_subword_prefix": "##", "max_input_chars_per_word": 5}""", "WordPiece")]
    [InlineData("""{"vocab": {"a": 0}, "merges": []}""", "BPE")]
    [InlineData("""{"vocab": {}, "merges": []}""", "BPE")]
    [InlineData("""{"vocab": {"a": 0}, "merges": [], "unk_token": "a", "continuing_subword_prefix": "##", "max_input_chars_per_word": 5}""", "BPE")]
    public void A_model_without_a_type_is_what_HF_takes_it_for(string model, string type) =>
        Assert.Equal(type, JsonDocument.Parse(Parse(model).ToJson()).RootElement.GetProperty("model").GetProperty("type").GetString());

    /// <summary>HF refuses each of these too, or dies of it, or (marked) takes it for something that it is not.</summary>
    [Theory]
    [InlineData("""{"vocab": {"a": 0}}""", "$.model", "no model")]
    [InlineData("""{"vocab": {"a": 0}, "merges": null}""", "$.model", "no model")]
    [InlineData("""{"vocab": {"a": 0}, "continuing_subword_prefix": "##", "max_input_chars_per_word": 5}""", "$.model", "no model")]
    [InlineData("""{"vocab": {"a": 0}, "unk_token": null, "continuing_subword_prefix": "##", "max_input_chars_per_word": 5}""", "$.model", "no model")]
    [InlineData("""{"vocab": null, "unk_token": "a"}""", "$.model", "no model")]
    [InlineData("""{"vocab": {"a": -1}, "unk_token": "a"}""", """$.model.vocab["a"]""", "token id")]
    [InlineData("""{"vocab": [["a", 1]], "unk_id": 5}""", "$.model.unk_id", "no token has the id 5")]
    [InlineData("""{"vocab": {"a": 0}, "merges": ["a a"], "unk_token": "a"}""", "$.model.merges[0]", "\"aa\"")] // HF: WordLevel, or dies
    [InlineData("""{"type": null, "vocab": {"a": 0}, "merges": []}""", "$.model", "type")]
    [InlineData("""{"type": "Foo", "vocab": {"a": 0}, "merges": []}""", "$.model", "the model Foo")]
    [InlineData("""{"type": 5, "vocab": {"a": 0}, "merges": []}""", "$.model.type", "expected a string")]
    [InlineData("""{"type": "WordLevel", "vocab": {"a": 0}}""", "$.model", "\"unk_token\" is missing")]
    [InlineData("""{"type": "WordLevel", "vocab": {"a": 1.0}, "unk_token": "a"}""", """$.model.vocab["a"]""", "token id")]
    [InlineData("""{"type": "WordLevel", "vocab": {"a": 4294967296}, "unk_token": "a"}""", """$.model.vocab["a"]""", "token id")]
    [InlineData("""{"type": "WordLevel", "vocab": {"a": 0, "b": 0}, "unk_token": "a"}""", "$.model.vocab", "both have id 0")] // HF keeps either name
    [InlineData("""{"type": "WordLevel", "vocab": {"a": 0, "a": 1}, "unk_token": "a"}""", "$.model.vocab", "stands twice")] // HF keeps the last
    [InlineData("""{"type": "WordPiece", "vocab": {"a": 0}}""", "$.model", "is missing")]
    [InlineData("""{"type": "WordPiece", "vocab": {"a": 0}, "unk_token": "a", "continuing_subword_prefix": "#", "max_input_chars_per_word": 18446744073709551616}""", "$.model.max_input_chars_per_word", "whole number")]
    [InlineData("""{"type": "Unigram", "vocab": {"a": 0}}""", "$.model.vocab", "expected an array")]
    [InlineData("""{"type": "Unigram", "vocab": [], "unk_id": 0}""", "$.model.unk_id", "there are 0")]
    [InlineData("""{"type": "Unigram", "vocab": [["a", 0]], "unk_id": -1}""", "$.model.unk_id", "token id")]
    [InlineData("""{"type": "Unigram", "vocab": [["a", 0], ["b", 1e400]]}""", "$.model.vocab[1]", "out of range")]
    [InlineData("""{"type": "Unigram", "vocab": [["a", -1e400]]}""", "$.model.vocab[0]", "out of range")]
    [InlineData("""{"type": "Unigram", "vocab": [["a", null]]}""", "$.model.vocab[0]", "score")]
    [InlineData("""{"type": "Unigram", "vocab": [["a", "1"]]}""", "$.model.vocab[0]", "score")]
    [InlineData("""{"type": "Unigram", "vocab": [["a", 1, 2]]}""", "$.model.vocab[0]", "score")]
    [InlineData("""{"type": "Unigram", "vocab": [["a"]]}""", "$.model.vocab[0]", "score")]
    [InlineData("""{"type": "Unigram", "vocab": [["\ud800", 1]]}""", "$.model.vocab[0]", "valid Unicode")]
    [InlineData("""{"type": "Unigram", "vocab": [["a", NaN]]}""", "line 1", "not JSON")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 0}}""", "$.model", "\"merges\" is missing")]
    [InlineData("""{"type": "BPE", "merges": []}""", "$.model", "\"vocab\" is missing")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 0, "aa": 1}, "merges": ["a a "]}""", "$.model.merges[0]", "expected a merge")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 0, "y": 1}, "merges": [["a", "y"]], "continuing_subword_prefix": "##"}""", "$.model.merges[0]", "shorter than")] // HF dies
    [InlineData("""{"type": "BPE", "vocab": {"a": 0, "é": 2, "aé": 1}, "merges": [["a", "é"]], "continuing_subword_prefix": "#"}""", "$.model.merges[0]", "not in the vocabulary")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 0}, "merges": [["#version: 0.2", "x"]]}""", "$.model.merges[0]", "not in the vocabulary")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 1.5}""", "$.model.dropout", "dropout")]
    public void What_is_wrong_is_named_with_its_place(string model, string place, string problem)
    {
        InputException error = Assert.Throws<InputException>(() => Parse(model));
        Assert.Equal("model.json", error.File);
        Assert.StartsWith(place, error.Place, StringComparison.Ordinal);
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mark_that_would_blow_up_pieces_is_refused()
    {
        InputException error = Assert.Throws<InputException>(() => Parse($$"""{"type": "BPE", "vocab": {"a": 0}, "merges": [], "end_of_word_suffix": "{{new string('x', 257)}}"}"""));
        Assert.Equal("$.model.end_of_word_suffix", error.Place);
    }

    [Theory]
    // Holes, empty tokens, unknown tokens of all kinds.
    [InlineData("""{"type": "WordLevel", "vocab": {"a": 0, "": 7}, "unk_token": ""}""", "b", "7")]
    [InlineData("""{"type": "WordPiece", "vocab": {"a": 1}, "unk_token": "a", "continuing_subword_prefix": "##", "max_input_chars_per_word": 0}""", "b", "1")]
    [InlineData("""{"type": "WordPiece", "vocab": {"a": 1}, "unk_token": "z", "continuing_subword_prefix": "##", "max_input_chars_per_word": 18446744073709551615}""", "a", "1")]
    // Of equal tokens the last one counts; the others keep their ids.
    [InlineData("""{"type": "Unigram", "unk_id": 0, "vocab": [["", 0], ["a", -1], ["a", -2], ["", -3]]}""", "aab", "2 2 0")]
    [InlineData("""{"type": "Unigram", "unk_id": null, "vocab": [["a", -1], ["ab", -1]]}""", "aab", "0 1")]
    // Sums that overflow compare as infinities do.
    [InlineData("""{"type": "Unigram", "unk_id": 0, "vocab": [["ab", -1e308], ["a", -1e308]]}""", "aaab", "1 1 0")]
    [InlineData("""{"type": "Unigram", "unk_id": 0, "vocab": [["ab", 1e308], ["a", 1e308]]}""", "aabb", "1 0")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 0}, "merges": []}""", "abca", "0 0")]
    [InlineData("""{"type": "BPE", "vocab": {}, "merges": []}""", "abca", "")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 0, "": 7}, "merges": [], "unk_token": ""}""", "ac", "0 7")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 0, "": 1}, "merges": [" a"]}""", "aa", "0 0")]
    // Of equal merges the last one counts.
    [InlineData("""{"type": "BPE", "vocab": {"a": 0, "b": 1, "aa": 2, "ba": 3}, "merges": ["a a", "b a", "a a"]}""", "baa", "3 0")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 3}, "merges": ["#version: 0.2", "a b"], "dropout": 0}""", "ab", "3")]
    // A prefix is cut off by its length, whatever stands there.
    [InlineData("""{"type": "BPE", "vocab": {"a": 0, "##a": 2, "aa": 1}, "merges": [["a", "##a"]], "continuing_subword_prefix": "##"}""", "aaa", "1 2")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 0, "xyz": 2, "az": 1}, "merges": [["a", "xyz"]], "continuing_subword_prefix": "##"}""", "aaa", "0")]
    public void What_is_odd_gives_what_HF_gives(string model, string text, string ids)
    {
        Tokenizer tokenizer = Parse(model);
        Assert.Equal(ids, string.Join(' ', tokenizer.Encode(text)));
        Assert.Equal(tokenizer.Encode(text), tokenizer.EncodeFull(text).Ids);
        Assert.Equal(tokenizer.Encode(text), Tokenizer.Parse(tokenizer.ToJson()).Encode(text));
    }

    [Theory]
    [InlineData("""{"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "<unk>"}""", "a", "b")]
    [InlineData("""{"type": "WordPiece", "vocab": {"a": 0}, "unk_token": "<unk>", "continuing_subword_prefix": "##", "max_input_chars_per_word": 10}""", "a", "ab")]
    [InlineData("""{"type": "Unigram", "vocab": [["a", -1]]}""", "a", "ab")]
    [InlineData("""{"type": "Unigram", "vocab": [["a", -1], ["bc", 0]]}""", "a", "bc")] // no token for b alone: HF complains before it sees the c
    [InlineData("""{"type": "Unigram", "vocab": []}""", "", "a")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "<unk>"}""", "a", "ab")]
    public void A_text_that_needs_an_unknown_token_which_is_missing_is_refused_and_no_other(string model, string known, string unknown)
    {
        Tokenizer tokenizer = Parse(model);
        Assert.Equal(known.Length, tokenizer.Encode(known).Length);
        Assert.Contains("unknown token", Assert.Throws<InputException>(() => tokenizer.Encode(unknown)).Problem, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => tokenizer.EncodeFull(unknown));
        Assert.Equal(known.Length, tokenizer.Encode(known).Length);
    }

    [Fact]
    public void Of_several_texts_that_are_refused_a_batch_names_the_first()
    {
        Tokenizer tokenizer = Parse("""{"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "<unk>"}""");
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => i < 50 ? "a" : $"no {i}")];
        Assert.Contains("no 50", Assert.Throws<InputException>(() => tokenizer.EncodeBatch(texts, threads: 4, cancellation: TestContext.Current.CancellationToken)).Place, StringComparison.Ordinal);
        Assert.Contains("no 50", Assert.Throws<InputException>(() => tokenizer.EncodeFullBatch(texts, threads: 4, cancellation: TestContext.Current.CancellationToken)).Place, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_that_share_a_name_are_decoded_and_counted_each()
    {
        Tokenizer tokenizer = Tokenizer.Parse("""
            {"version": "1.0", "added_tokens": [{"id": 3, "content": "<s>", "special": true}],
             "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["a", -1], ["a", -2]]}}
            """u8.ToArray());
        Assert.Equal(4, tokenizer.VocabularySize);
        Assert.Equal("a a", tokenizer.Decode([1, 2]));
        Assert.Equal(2, tokenizer.TokenToId("a"));
        Assert.Equal([3, 2], tokenizer.Encode("<s>a"));
    }

    private static Tokenizer Parse(string model) =>
        Tokenizer.Parse(Encoding.UTF8.GetBytes($$"""{"version": "1.0", "added_tokens": [], "model": {{model}}}"""), "model.json");
}
