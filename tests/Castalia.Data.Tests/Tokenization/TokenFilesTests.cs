using System.Text;
using System.Text.Json;
using Castalia.Testing;
using Castalia.Text;
using CsCheck;

namespace Castalia.Data.Tests.Tokenization;

/// <summary>Files of texts into files of ids and back.</summary>
public sealed class TokenFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _tokenizer;

    public TokenFilesTests()
    {
        _tokenizer = _folder["tiny.json"];
        TinyTokenizer.Write(_tokenizer);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ids_are_those_of_each_text_alone_whatever_the_threads_and_the_escapes()
    {
        Tokenizer tokenizer = Tokenizer.Load(_tokenizer);
        Gen.Select(Gen.String.Array[0, 40], Gen.Int[1, 4]).Sample((texts, threads) =>
        {
            // Halves of surrogate pairs are no text in UTF-8.
            string[] valid = [.. texts.Select(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)))];
            string lines = string.Concat(valid.Select(text => JsonSerializer.Serialize(new { id = 1, text }) + "\n"));
            Assert.Equal(
                string.Concat(valid.Select(text => $"[{string.Join(',', tokenizer.Encode(text))}]\n")),
                Encode(lines, new EncodeFileOptions { Threads = threads }));
        }, iter: 100);
    }

    [Fact]
    public void Many_batches_and_files_keep_their_order()
    {
        string[] texts = [.. Enumerable.Range(0, 3000).Select(i => string.Concat(Enumerable.Repeat($"the {i} ", i % 200)))];
        File.WriteAllLines(_folder["b.jsonl"], texts[..1000].Select(text => JsonSerializer.Serialize(new { text })));
        DocumentWriter.Write(_folder["a.jsonl.zst"], texts[1000..2000].Select(text => new Document("", text, "")));
        File.WriteAllLines(_folder["c.txt"], texts[2000..]);
        var progress = new Reports();
        TokenizationAmount amount = TokenFiles.Encode(_tokenizer, new EncodeFileOptions(), [_folder["b.jsonl"], _folder["a.jsonl.zst"], _folder["c.txt"]], _folder["ids.jsonl.gz"], Nowhere, progress);
        TokenFiles.Decode(_tokenizer, new DecodeFileOptions { Raw = true }, [_folder["ids.jsonl.gz"]], _folder["back.txt"], Nowhere);
        Assert.Equal(texts, File.ReadAllLines(_folder["back.txt"]));
        Assert.Equal((3000, texts.Sum(text => (long)text.Length)), (amount.Documents, amount.Bytes));
        Assert.True(progress.All.Count > 2);
        Assert.Equal(progress.All[^1].Total, progress.All[^1].Done);
        Assert.All(progress.All.Zip(progress.All.Skip(1)), pair => Assert.InRange(pair.Second.Done, pair.First.Done, pair.Second.Total!.Value));
    }

    [Fact]
    public void A_line_of_many_megabytes_is_one_document()
    {
        const int Size = 20_000_000;
        using (var file = new StreamWriter(_folder["long.jsonl"]))
        {
            file.Write("{\"text\": \"");
            for (int i = 0; i < Size; i += 10)
                file.Write("the \\u00e9 xyz"); // ten bytes of text
            file.Write("\"}\n{\"text\": \"the\"}\n");
        }
        TokenizationAmount amount = TokenFiles.Encode(_tokenizer, new EncodeFileOptions(), [_folder["long.jsonl"]], _folder["ids.jsonl"], Nowhere);
        Assert.Equal((2, Size + 3L), (amount.Documents, amount.Bytes));
        Assert.Equal("[257]", File.ReadLines(_folder["ids.jsonl"]).Last());
        TokenFiles.Decode(_tokenizer, new DecodeFileOptions(), [_folder["ids.jsonl"]], _folder["back.jsonl"], Nowhere);
        Assert.Equal(Size, Encoding.UTF8.GetByteCount(JsonDocument.Parse(File.ReadLines(_folder["back.jsonl"]).First()).RootElement.GetProperty("text").GetString()!));
    }

    [Theory]
    [InlineData("text", """{"text": "the"}""")]
    [InlineData("text", "\"the\"")]
    [InlineData("text", """{"text": "x", "other": {"text": "y"}, "text": "the"}""")]
    [InlineData("a.b", """{"a": {"c": 1, "b": "the"}}""")]
    [InlineData("a.b", """{"a.b": "the", "a": 1}""")]
    [InlineData("a.b.c", """{"a": {"x": {}, "b.c": "the"}}""")]
    public void A_text_is_found_under_its_key(string field, string line) => Assert.Equal("[257]\n", Encode(line, new EncodeFileOptions { Field = field }));

    [Fact]
    public void Parts_of_a_text_stand_in_lines_of_their_own() =>
        Assert.Equal(Encode("""{"text": "a\n\nb"}""", new EncodeFileOptions()), Encode("""{"text": ["a", "b"]}""", new EncodeFileOptions()));

    [Fact]
    public void Bytes_that_are_no_UTF8_are_replaced_in_plain_text_and_keep_their_places()
    {
        byte[] line = [(byte)'a', 0xFF, (byte)'b', (byte)'\n'];
        using var output = new MemoryStream();
        TokenFiles.Encode(_tokenizer, new EncodeFileOptions { Format = TextFormat.Text, Offsets = true, Unit = OffsetUnit.Bytes }, ["-"], null, new StandardStreams(new MemoryStream(line), output));
        JsonElement encoding = JsonDocument.Parse(output.ToArray()).RootElement;
        Assert.Equal("a\uFFFDb", Tokenizer.Load(_tokenizer).Decode([.. encoding.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())]));
        Assert.Equal(3, encoding.GetProperty("offsets").EnumerateArray().Last()[1].GetInt32());
        var error = Assert.Throws<InputException>(() => TokenFiles.Encode(_tokenizer, new EncodeFileOptions(), ["-"], null,
            new StandardStreams(new MemoryStream([.. "{\"text\": \""u8, 0xFF, .. "\"}"u8]), output)));
        Assert.Equal(("standard input", "line 1"), (error.File, error.Place));
    }

    [Fact]
    public void Long_documents_are_cut_to_windows_that_overlap()
    {
        EncodeFileOptions options = new() { MaxLength = 3, Stride = 1, Offsets = true };
        JsonElement encoding = JsonDocument.Parse(Encode("""{"text": "abcdef"}""", options)).RootElement;
        static string Ids(JsonElement part) => string.Join(' ', part.GetProperty("ids").EnumerateArray());
        // The byte a is token 64 in the alphabet's order.
        string[] windows = [Ids(encoding), .. encoding.GetProperty("overflowing").EnumerateArray().Select(Ids)];
        Assert.Equal(3, windows.Length);
        Assert.Equal(windows[0].Split(' ')[^1], windows[1].Split(' ')[0]);
        Assert.Throws<InputException>(() => Encode("\"a\"", options with { Offsets = false }));
        Assert.Throws<InputException>(() => Encode("\"a\"", options with { MaxLength = null }));
        Assert.Throws<InputException>(() => Encode("\"a\"", options with { MaxLength = 1 }));
    }

    [Fact]
    public void A_pair_is_encoded_together()
    {
        string line = """{"text": "the", "second": "the the"}""";
        Assert.Equal("[257,257,258]\n", Encode(line, new EncodeFileOptions { PairField = "second" }));
        JsonElement encoding = JsonDocument.Parse(Encode(line, new EncodeFileOptions { PairField = "second", Offsets = true })).RootElement;
        Assert.Equal([0, 1, 1], encoding.GetProperty("sequence_ids").EnumerateArray().Select(id => id.GetInt32()));
    }

    [Fact]
    public void Nothing_appears_where_the_work_fails_or_is_ended()
    {
        File.WriteAllText(_folder["docs.jsonl"], "{\"text\": \"a\"}\n{\n");
        Assert.Throws<InputException>(() => TokenFiles.Encode(_tokenizer, new EncodeFileOptions(), [_folder["docs.jsonl"]], _folder["ids.jsonl"], Nowhere));
        using var ended = new CancellationTokenSource();
        ended.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            TokenFiles.Encode(_tokenizer, new EncodeFileOptions(), [_folder["docs.jsonl"]], _folder["ids.jsonl"], Nowhere, null, ended.Token));
        Assert.Equal(["docs.jsonl", "tiny.json"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    private static StandardStreams Nowhere => new(Stream.Null, Stream.Null);

    private string Encode(string lines, EncodeFileOptions options)
    {
        using var output = new MemoryStream();
        TokenFiles.Encode(_tokenizer, options, ["-"], null, new StandardStreams(new MemoryStream(Encoding.UTF8.GetBytes(lines)), output));
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private sealed class Reports : IProgress<WorkProgress>
    {
        public List<WorkProgress> All { get; } = [];

        public void Report(WorkProgress value) => All.Add(value);
    }
}
