using Castalia.Testing;
using CsCheck;

namespace Castalia.Data.Tests;

public sealed class CorpusTests
{
    [Fact]
    public void Duplicates_go_and_the_first_stays()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "a", ("a1", "same"), ("a2", "own"), ("a3", "same"));
        Write(folder, "b", ("b1", "same"), ("b2", "ours"), ("b3", ""));
        CorpusReport report = Build(folder, NoHoldout(folder));

        Assert.Equal(["a1", "a2", "b2"], Read(folder, CorpusSplit.Train).Select(document => document.Id).Order(StringComparer.Ordinal));
        ComponentReport a = report.Components[0], b = report.Components[1];
        Assert.Equal(("a", new TextAmount(3, 11), new TextAmount(1, 4), new TextAmount(2, 7), 0), (a.Name, a.Read, a.DuplicatesRemoved, a.Train, a.EmptyDocuments));
        Assert.Equal(("b", new TextAmount(3, 8), new TextAmount(1, 4), new TextAmount(1, 4), 1), (b.Name, b.Read, b.DuplicatesRemoved, b.Train, b.EmptyDocuments));
        Assert.Equal(new TextAmount(2, 8), report.Total.DuplicatesRemoved);
    }

    [Fact]
    public void The_split_is_a_partition_of_about_the_shares_asked_for()
    {
        using var folder = new TemporaryFolder();
        string[] texts = [.. Enumerable.Range(0, 4000).Select(i => $"document number {i}")];
        Write(folder, "a", [.. texts.Select((text, i) => ($"{i}", text))]);
        CorpusReport report = Build(folder, new CorpusOptions { Inputs = [folder["in"]], ValidationShare = 0.1, TestShare = 0.2 });

        Assert.Equal(texts.Order(StringComparer.Ordinal), CorpusSplits.All.SelectMany(split => Read(folder, split)).Select(document => document.Text).Order(StringComparer.Ordinal));
        Assert.InRange(report.Total.Validation.Documents, 320, 480);
        Assert.InRange(report.Total.Test.Documents, 690, 910);
    }

    [Fact]
    public void A_documents_split_does_not_depend_on_the_others()
    {
        Gen.String[1, 50].Array[1, 40].Sample(texts =>
        {
            var alone = new CorpusOptions { Inputs = ["x"], ValidationShare = 0.3, TestShare = 0.3 };
            using var folder = new TemporaryFolder();
            Write(folder, "a", [.. texts.Select(Scalar).Select((text, i) => ($"{i}", text))]);
            try
            {
                Build(folder, alone with { Inputs = [folder["in"]], Seed = 77 });
            }
            catch (InputException error) when (error.Message.Contains("no document is left"))
            {
                return;
            }
            foreach (CorpusSplit split in CorpusSplits.All)
                Assert.All(Read(folder, split), document => Assert.Equal(split, alone.SplitOf(document.Text)));
        }, iter: 30);
    }

    [Fact]
    public void Another_salt_is_another_split_and_another_seed_is_not()
    {
        var options = new CorpusOptions { Inputs = ["x"], ValidationShare = 0.5 };
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"text {i}")];
        CorpusSplit[] splits = [.. texts.Select(options.SplitOf)];
        Assert.Equal(splits, texts.Select((options with { Seed = 5 }).SplitOf));
        Assert.NotEqual(splits, texts.Select((options with { SplitSalt = "other" }).SplitOf));
    }

    [Fact]
    public void Epochs_repeat_documents_and_fractions_pick_some()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "a", [.. Enumerable.Range(0, 1000).Select(i => ($"{i}", $"first {i}"))]);
        Write(folder, "b", [.. Enumerable.Range(0, 100).Select(i => ($"{i}", $"second {i}"))]);
        Write(folder, "c", [.. Enumerable.Range(0, 100).Select(i => ($"{i}", $"third {i}"))]);
        CorpusReport report = Build(folder, NoHoldout(folder) with { Epochs = new Dictionary<string, double> { ["a"] = 2.5, ["c"] = 0 } });

        int[] repeats = [.. Read(folder, CorpusSplit.Train).Where(document => document.Source == "a").CountBy(document => document.Id).Select(pair => pair.Value)];
        Assert.Equal(1000, repeats.Length);
        Assert.All(repeats, count => Assert.InRange(count, 2, 3));
        Assert.InRange(repeats.Count(count => count == 3), 420, 580);
        Assert.Equal(100, Read(folder, CorpusSplit.Train).Count(document => document.Source == "b"));
        Assert.DoesNotContain(Read(folder, CorpusSplit.Train), document => document.Source == "c");

        Assert.Equal(repeats.Sum(), report.Components[0].Effective.Documents);
        Assert.Equal([2.5, 1.0, 0.0], report.Components.Select(component => component.Epochs));
        Assert.Equal(1.0, report.Components.Sum(component => component.Share), 12);
        Assert.Equal(1.0, report.Total.Share, 12);
    }

    [Fact]
    public void The_order_is_shuffled_and_the_same_bytes_each_time()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "a", [.. Enumerable.Range(0, 300).Select(i => ($"{i:D3}", $"text {i}"))]);
        CorpusOptions options = NoHoldout(folder) with { DefaultEpochs = 2 };
        Build(folder, options, "one");
        Build(folder, options, "two");
        Build(folder, options with { Seed = 2 }, "three");
        byte[] one = File.ReadAllBytes(folder["one", "train.jsonl.zst"]);
        Assert.Equal(one, File.ReadAllBytes(folder["two", "train.jsonl.zst"]));
        Assert.NotEqual(one, File.ReadAllBytes(folder["three", "train.jsonl.zst"]));

        string[] ids = [.. Read(folder, CorpusSplit.Train, "one").Select(document => document.Id)];
        int rising = ids.Zip(ids.Skip(1)).Count(pair => string.CompareOrdinal(pair.First, pair.Second) < 0);
        Assert.InRange(rising, 250, 350); // half of the neighbours rise in a shuffled list
    }

    [Fact]
    public void Adding_a_component_leaves_the_order_of_the_others()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "a", [.. Enumerable.Range(0, 100).Select(i => ($"{i}", $"text {i}"))]);
        Build(folder, NoHoldout(folder), "before");
        Write(folder, "b", [.. Enumerable.Range(0, 100).Select(i => ($"{i}", $"more {i}"))]);
        Build(folder, NoHoldout(folder), "after");
        Assert.Equal(
            Read(folder, CorpusSplit.Train, "before").Select(document => document.Id),
            Read(folder, CorpusSplit.Train, "after").Where(document => document.Source == "a").Select(document => document.Id));
    }

    [Fact]
    public void Everything_about_a_document_is_kept()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["in"]);
        File.WriteAllText(folder["in", "a.jsonl"], """{"id":"1","text":"t","source":"s","added":"A","created":"C","metadata":{"license":"CC0","deep":{"x":[1,"ü"]}}}""" + "\n");
        Build(folder, NoHoldout(folder));
        Document document = Assert.Single(Read(folder, CorpusSplit.Train));
        Assert.Equal(("1", "t", "s", "A", "C"), (document.Id, document.Text, document.Source, document.Added, document.Created));
        Assert.Equal("""{"license":"CC0","deep":{"x":[1,"ü"]}}""", document.Metadata!.Value.GetRawText());
    }

    [Fact]
    public void The_report_is_read_again()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "a", ("1", "x"));
        CorpusReport report = Build(folder, NoHoldout(folder));
        CorpusReport loaded = CorpusReport.Load(folder["corpus"]);
        Assert.Equal(report.Total, loaded.Total);
        Assert.Equal(report.Components, loaded.Components);

        File.WriteAllText(folder["corpus", "corpus.json"], "{\"seed\": 1}");
        Assert.Equal(folder["corpus", "corpus.json"], Assert.Throws<InputException>(() => CorpusReport.Load(folder["corpus"])).File);
    }

    [Fact]
    public void A_mistyped_component_is_refused_with_a_suggestion_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "gutenberg", ("1", "x"));
        Write(folder, "arxiv", ("1", "y"));
        var error = Assert.Throws<InputException>(() =>
            Build(folder, NoHoldout(folder) with { Epochs = new Dictionary<string, double> { ["gutenburg"] = 2 } }));
        Assert.Contains("Did you mean gutenberg?", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder["corpus"]));
    }

    [Theory]
    [InlineData(-0.1, 0, 1)]
    [InlineData(0, 1.5, 1)]
    [InlineData(0.5, 0.5, 1)]
    [InlineData(double.NaN, 0, 1)]
    [InlineData(0, 0, -1)]
    [InlineData(0, 0, double.PositiveInfinity)]
    public void Options_that_mean_nothing_are_refused(double validation, double test, double epochs) =>
        Assert.Throws<InputException>(() =>
            new CorpusOptions { Inputs = ["x"], ValidationShare = validation, TestShare = test, DefaultEpochs = epochs }.Validate());

    [Fact]
    public void A_damaged_input_or_a_cancelled_build_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "a", ("1", "x"));
        File.AppendAllText(folder["in", "a.jsonl"], "{\"text\":\n");
        Assert.Equal("line 2", Assert.Throws<InputException>(() => Build(folder, NoHoldout(folder))).Place);
        Assert.Empty(Directory.GetFileSystemEntries(folder["corpus"]));

        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => Corpus.Build(NoHoldout(folder), folder["corpus"], null, source.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder["corpus"]));
    }

    [Fact]
    public void Nothing_to_train_on_is_an_error()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "a", ("1", "x"));
        Assert.Contains("no document is left", Assert.Throws<InputException>(() => Build(folder, NoHoldout(folder) with { DefaultEpochs = 0 })).Message);
    }

    private static CorpusOptions NoHoldout(TemporaryFolder folder) => new() { Inputs = [folder["in"]], ValidationShare = 0, TestShare = 0 };

    private static CorpusReport Build(TemporaryFolder folder, CorpusOptions options, string output = "corpus") => Corpus.Build(options, folder[output]);

    private static Document[] Read(TemporaryFolder folder, CorpusSplit split, string corpus = "corpus") =>
        [.. DocumentReader.Read([split.DocumentFile(folder[corpus])])];

    private static void Write(TemporaryFolder folder, string component, params (string Id, string Text)[] documents) =>
        DocumentWriter.Write(folder["in", component + ".jsonl"], documents.Select(document => new Document(document.Id, document.Text, component)));

    // Half surrogate pairs are no text.
    private static string Scalar(string text) => string.Concat(text.Select(c => char.IsSurrogate(c) ? '?' : c));
}
