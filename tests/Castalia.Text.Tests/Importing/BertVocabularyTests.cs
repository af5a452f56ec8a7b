using System.Text;
using Castalia.Testing;

namespace Castalia.Text.Tests.Importing;

/// <summary>BERT's vocab.txt becomes the tokenizer.json that transformers makes of it.</summary>
public sealed class BertVocabularyTests : IDisposable
{
    private static readonly string[] Tokens = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "hello", ",", "!", "cafe", "世", "[", "]"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The ids are those that HF tokenizers 0.23.2 gives with the tokenizer.json expected.</summary>
    [Fact]
    public void The_tokenizer_is_that_of_transformers()
    {
        Tokenizer tokenizer = Load(string.Join('\n', Tokens) + "\n");
        const string Special = """, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}""";
        string expected = $$$$"""
            {"version": "1.0", "truncation": null, "padding": null,
             "added_tokens": [{"id": 0, "content": "[PAD]"{{{{Special}}}}, {"id": 2, "content": "[UNK]"{{{{Special}}}}, {"id": 3, "content": "[CLS]"{{{{Special}}}},
               {"id": 4, "content": "[SEP]"{{{{Special}}}}, {"id": 5, "content": "[MASK]"{{{{Special}}}}],
             "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "TemplateProcessing",
               "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
               "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                 {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
               "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [3], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [4], "tokens": ["[SEP]"]} } },
             "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
               "vocab": { {{{{string.Join(", ", Tokens.Select((token, id) => $"\"{token}\": {id}"))}}}} } } }
            """;
        Assert.Equal(Encoding.UTF8.GetString(Tokenizer.Parse(Encoding.UTF8.GetBytes(expected)).ToJson()), Encoding.UTF8.GetString(tokenizer.ToJson()));
        Assert.Equal([3, 9, 10, 6, 7, 8, 11, 5, 12, 13, 2, 4], tokenizer.Encode("Hello, UNaffable![MASK]Café世界"));
        Assert.Equal("hello, unaffable!", tokenizer.Decode([3, 9, 10, 6, 7, 8, 11, 4], skipSpecialTokens: true));
    }

    [Fact]
    public void A_vocabulary_with_capitals_keeps_them()
    {
        Tokenizer tokenizer = Load("[UNK]\r\nHello\r\nhello");
        Assert.Equal([1, 2], tokenizer.Encode("Hello hello"));
        Assert.Null(tokenizer.Pipeline.PostProcessor);
    }

    [Fact]
    public void The_vocabulary_in_a_GGUF_is_the_same()
    {
        byte[] expected = Load(string.Join('\n', Tokens)).ToJson();
        string[] tokens = [.. Tokens.Select(token => token.StartsWith("##", StringComparison.Ordinal) ? token[2..] : token.StartsWith('[') && token.Length > 1 ? token : "\u2581" + token)];
        GgufBuilder builder = new GgufBuilder().Add("tokenizer.ggml.model", "bert").Add("tokenizer.ggml.tokens", tokens)
            .Add("tokenizer.ggml.token_type", tokens.Select(token => token == "[UNK]" ? 2 : token.StartsWith('[') && token.Length > 1 ? 3 : 1));
        File.WriteAllBytes(_folder["bert.gguf"], builder.Build());
        Assert.Equal(expected, Tokenizer.Load(_folder["bert.gguf"]).ToJson());
    }

    [Fact]
    public void Vocabularies_that_cannot_be_are_refused()
    {
        Refused("no token [UNK]", "");
        Refused("no token [UNK]", "a\nb\n");
        Assert.Equal("line 4", Refused("stands in line 2 already", "[UNK]\na\nb\na\n").Place);
        Refused("\"\" stands in line 2 already", "[UNK]\n\nb\n\n");
        Refused("expected UTF-8", [0xFF, 0x0A]);
    }

    private InputException Refused(string problem, string text) => Refused(problem, Encoding.UTF8.GetBytes(text));

    private InputException Refused(string problem, byte[] contents)
    {
        InputException error = Assert.Throws<InputException>(() => Load(contents));
        Assert.Equal(_folder["vocab.txt"], error.File);
        Assert.Contains(problem, error.Problem);
        return error;
    }

    private Tokenizer Load(string text) => Load(Encoding.UTF8.GetBytes(text));

    private Tokenizer Load(byte[] contents)
    {
        File.Delete(_folder["vocab.txt"]);
        File.WriteAllBytes(_folder["vocab.txt"], contents);
        return Tokenizer.Load(_folder["vocab.txt"]);
    }
}
