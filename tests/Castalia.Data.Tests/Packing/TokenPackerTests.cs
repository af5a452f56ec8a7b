using Castalia.Formats;
using Castalia.Testing;
using Castalia.Text;
using CsCheck;

namespace Castalia.Data.Tests;

public sealed class TokenPackerTests
{
    [Fact]
    public void Documents_come_back_in_order_and_whole()
    {
        Gen.String.Array[1, 30].Sample(strings =>
        {
            string[] texts = [.. strings.Select(text => string.Concat(text.Select(c => char.IsSurrogate(c) ? ' ' : c)))];
            using var folder = new TemporaryFolder();
            TinyTokenizer.Write(folder["tokenizer.json"]);
            Write(folder["docs.jsonl"], texts);
            TokensReport report = Pack(folder, "out", threads: 2);

            var tokenizer = Tokenizer.Load(folder["tokenizer.json"]);
            using MegatronDataset packed = MegatronDataset.Open(folder["out", "train"]);
            Assert.Equal(MegatronDType.UInt16, packed.DType);
            Assert.Equal(texts.Length, packed.Count);
            Assert.Equal(texts.Length, packed.DocumentCount);
            for (int i = 0; i < texts.Length; i++)
            {
                int[] tokens = packed.Tokens(i);
                Assert.Equal(TinyTokenizer.EndOfText, tokens[^1]);
                Assert.Equal(texts[i], tokenizer.Decode(tokens.AsSpan(0, tokens.Length - 1)));
            }
            Assert.Equal(packed.TokenCount, report.Sets[0].Total.Tokens);
        }, iter: 20);
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        using var folder = new TemporaryFolder();
        TinyTokenizer.Write(folder["tokenizer.json"]);
        var random = new Random(3);
        // Larger than several batches, of very different sizes.
        Write(folder["docs.jsonl"], [.. Enumerable.Range(0, 400).Select(i => new string((char)('a' + (i % 26)), random.Next(i % 7 == 0 ? 40_000 : 300)))]);
        foreach (int threads in new[] { 1, 2, 7 })
            Pack(folder, $"out{threads}", threads);
        foreach (string name in new[] { "train.bin", "train.idx", "tokens.json" })
        {
            byte[] one = File.ReadAllBytes(folder["out1", name]);
            Assert.Equal(one, File.ReadAllBytes(folder["out2", name]));
            Assert.Equal(one, File.ReadAllBytes(folder["out7", name]));
        }
    }

    [Fact]
    public void Empty_texts_are_documents_of_one_token_or_none()
    {
        using var folder = new TemporaryFolder();
        TinyTokenizer.Write(folder["tokenizer.json"]);
        Write(folder["docs.jsonl"], ["", "the", ""]);
        Pack(folder, "with");
        Pack(folder, "without", appendEod: false);
        using MegatronDataset with = MegatronDataset.Open(folder["with", "train"]);
        using MegatronDataset without = MegatronDataset.Open(folder["without", "train"]);
        Assert.Equal([1, 2, 1], Enumerable.Range(0, 3).Select(i => with.Length(i)));
        Assert.Equal([0, 1, 0], Enumerable.Range(0, 3).Select(i => without.Length(i)));
    }

    [Fact]
    public void A_corpus_becomes_tokens_and_counts_per_component()
    {
        using var folder = new TemporaryFolder();
        TinyTokenizer.Write(folder["tokenizer.json"]);
        DocumentWriter.Write(folder["in", "d.jsonl"], Enumerable.Range(0, 300).Select(i => new Document($"{i}", $"the {i}", i % 3 == 0 ? "a" : "b")));
        CorpusReport corpus = Corpus.Build(new CorpusOptions { Inputs = [folder["in"]], ValidationShare = 0.2, TestShare = 0.1 }, folder["data"]);
        TokensReport report = TokenPacker.Pack(new PackOptions { TokenizerPath = folder["tokenizer.json"] }, folder["data"], folder["tokens"]);

        Assert.Equal(["tokens.json", "train.bin", "train.idx", "validation.bin", "validation.idx"], Directory.GetFiles(folder["tokens"]).Select(path => Path.GetFileName(path)).Order());
        Assert.Equal(["train", "validation"], report.Sets.Select(set => set.Name));
        PackedReport train = report.Sets[0];
        Assert.Equal(["a", "b"], train.Components.Keys);
        Assert.Equal(corpus.Components.Select(component => component.Train), train.Components.Values.Select(amount => new TextAmount(amount.Documents, amount.Bytes)));
        Assert.Equal(train.Total, train.Components.Values.Aggregate((left, right) => left + right));
        Assert.Equal((260, TinyTokenizer.EndOfText, "uint16"), (report.VocabularySize, report.EndOfDocument, report.ElementType));
        Assert.Equal(ContentHash.OfFile(folder["tokenizer.json"]), report.TokenizerSha256);

        TokensReport loaded = TokensReport.Load(folder["tokens"]);
        Assert.Equal(report.Sets[1].Components, loaded.Sets[1].Components);
        Assert.Equal(report.EndOfDocument, loaded.EndOfDocument);

        using PackedDataset dataset = PackedDataset.Open(folder["tokens", "train"], new SampleOrderOptions { SequenceLength = 16, Samples = 10 });
        int[] sample = new int[17];
        dataset.GetSample(0, sample);
        Assert.Contains(TinyTokenizer.EndOfText, sample);
    }

    [Fact]
    public void A_tokenizer_without_end_of_text_is_refused_where_one_is_to_be_appended()
    {
        using var folder = new TemporaryFolder();
        TinyTokenizer.Write(folder["tokenizer.json"], withEndOfText: false);
        Write(folder["docs.jsonl"], ["a"]);
        Assert.Contains("no end-of-text token", Assert.Throws<InputException>(() => Pack(folder, "out")).Message);
        Pack(folder, "out", appendEod: false);
        Assert.Null(TokensReport.Load(folder["out"]).EndOfDocument);
    }

    [Fact]
    public void A_damaged_input_or_a_cancelled_packing_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        TinyTokenizer.Write(folder["tokenizer.json"]);
        Write(folder["docs.jsonl"], [.. Enumerable.Range(0, 50).Select(i => new string('x', 20_000))]);
        File.AppendAllText(folder["docs.jsonl"], "{}\n");
        Assert.Equal("line 51", Assert.Throws<InputException>(() => Pack(folder, "out")).Place);
        Assert.Empty(Directory.GetFileSystemEntries(folder["out"]));

        Write(folder["docs.jsonl"], [.. Enumerable.Range(0, 100).Select(i => new string('x', 20_000))]);
        using var source = new CancellationTokenSource();
        var options = new PackOptions { TokenizerPath = folder["tokenizer.json"], Threads = 1 };
        Assert.ThrowsAny<OperationCanceledException>(() =>
            TokenPacker.Pack(options, Sets(folder), folder["out"], new StopAtFirstReport(source), source.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder["out"]));
    }

    [Fact]
    public void A_corpus_that_is_not_there_is_named()
    {
        using var folder = new TemporaryFolder();
        TinyTokenizer.Write(folder["tokenizer.json"]);
        var error = Assert.Throws<InputException>(() =>
            TokenPacker.Pack(new PackOptions { TokenizerPath = folder["tokenizer.json"] }, folder["nowhere"], folder["out"]));
        Assert.Equal(folder["nowhere", "train.jsonl.zst"], error.File);
    }

    private static TokensReport Pack(TemporaryFolder folder, string output, int threads = 2, bool appendEod = true) => TokenPacker.Pack(
        new PackOptions { TokenizerPath = folder["tokenizer.json"], Threads = threads, AppendEod = appendEod }, Sets(folder), folder[output]);

    private static (string, IReadOnlyList<string>)[] Sets(TemporaryFolder folder) => [("train", [folder["docs.jsonl"]])];

    private static void Write(string path, string[] texts) =>
        DocumentWriter.Write(path, texts.Select((text, i) => new Document($"{i}", text, "s")));

    private sealed class StopAtFirstReport(CancellationTokenSource source) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => source.Cancel();
    }
}
