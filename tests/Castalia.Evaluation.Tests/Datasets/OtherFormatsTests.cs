using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Castalia.Testing;
using CsCheck;

namespace Castalia.Evaluation.Tests.Datasets;

/// <summary>Data sets in Arrow, CSV and plain text, by file and in the layout of Hugging Face's cache.</summary>
public sealed class OtherFormatsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private DatasetReference Reference(string path, string? name = null, object? files = null) => new(
        path, name, files is null ? new Dictionary<string, object?>() : new Dictionary<string, object?> { ["data_files"] = files }, _folder["task.yaml"], "demo");

    private static RecordBatch Batch(params string[] questions)
    {
        var labels = new ListArray.Builder(StringType.Default);
        var inner = (StringArray.Builder)labels.ValueBuilder;
        foreach (string _ in questions)
        {
            labels.Append();
            inner.Append("A").Append("B");
        }
        ListArray list = labels.Build();
        var structure = new StructType([new Field("label", list.Data.DataType, true)]);
        return new RecordBatch.Builder()
            .Append("question", true, new StringArray.Builder().AppendRange(questions).Build())
            .Append("answer", true, new Int32Array.Builder().AppendRange(Enumerable.Range(7, questions.Length - 1)).AppendNull().Build())
            .Append("choices", true, new StructArray(structure, questions.Length, [list], ArrowBuffer.Empty))
            .Build();
    }

    private static void WriteStream(string path, params RecordBatch[] batches)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream stream = File.Create(path);
        using var writer = new ArrowStreamWriter(stream, batches[0].Schema);
        foreach (RecordBatch batch in batches)
            writer.WriteRecordBatch(batch);
        writer.WriteEnd();
    }

    [Fact]
    public void Arrow_of_several_batches()
    {
        WriteStream(_folder["rows.arrow"], Batch("x", "y"), Batch("z"));
        IReadOnlyList<IReadOnlyDictionary<string, object?>> rows = new DatasetLibrary().Open(Reference("arrow", files: "rows.arrow")).Read("train");
        Assert.Equal(["x", "y", "z"], rows.Select(row => row["question"]));
        Assert.Equal([7L, null, null], rows.Select(row => row["answer"]));
        var choices = Assert.IsAssignableFrom<IReadOnlyDictionary<string, object?>>(rows[1]["choices"]);
        Assert.Equal(new object?[] { "A", "B" }, Assert.IsAssignableFrom<IReadOnlyList<object?>>(choices["label"]));
        Assert.Equal(["question", "answer", "choices"], rows[0].Keys);
    }

    [Fact]
    public void The_newest_preparation_in_the_cache_of_hugging_face()
    {
        string config = _folder["cache/org___demo/easy/0.0.0"];
        WriteStream(Path.Combine(config, "old", "demo-train.arrow"), Batch("stale"));
        WriteStream(Path.Combine(config, "new", "demo-train-00000-of-00002.arrow"), Batch("x", "y"));
        WriteStream(Path.Combine(config, "new", "demo-train-00001-of-00002.arrow"), Batch("z"));
        WriteStream(Path.Combine(config, "new", "demo-test.arrow"), Batch("t"));
        WriteStream(Path.Combine(config, "new", "cache-0123456789abcdef.arrow"), Batch("mapped"));
        Directory.SetLastWriteTimeUtc(Path.Combine(config, "old"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Dataset dataset = new DatasetLibrary { Folders = [_folder["cache"]] }.Open(Reference("org/demo", "easy"));
        Assert.Equal(["test", "train"], dataset.Splits.Order(StringComparer.Ordinal));
        Assert.Equal(["x", "y", "z"], dataset.Read("train").Select(row => row["question"]));
        Assert.Throws<InputException>(() => new DatasetLibrary { Folders = [_folder["cache"]] }.Open(Reference("org/demo", "hard")));
    }

    private void WriteParquet(string path, params string[] questions)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Parquet.Serialization.ParquetSerializer.SerializeAsync(questions.Select((question, i) => new Question { Q = question, Answer = i, Choices = new Choices { Label = ["A", "B"] } }), path)
            .GetAwaiter().GetResult();
    }

    public sealed class Question
    {
        public string? Q { get; set; }

        public int Answer { get; set; }

        public Choices? Choices { get; set; }
    }

    public sealed class Choices
    {
        public List<string>? Label { get; set; }
    }

    [Fact]
    public void Parquet_in_a_clone_by_the_names_of_its_files()
    {
        WriteParquet(_folder["clones/org/demo/easy/train-00000-of-00001.parquet"], "x", "y");
        WriteParquet(_folder["clones/org/demo/easy/validation-00000-of-00001.parquet"], "v");
        WriteParquet(_folder["clones/org/demo/hard/train-00000-of-00001.parquet"], "other");
        Dataset dataset = new DatasetLibrary { Folders = [_folder["clones"]] }.Open(Reference("org/demo", "easy"));
        Assert.Equal(["train", "validation"], dataset.Splits.Order(StringComparer.Ordinal));
        IReadOnlyList<IReadOnlyDictionary<string, object?>> rows = dataset.Read("train");
        Assert.Equal(["Q", "Answer", "Choices"], rows[0].Keys);
        Assert.Equal(new object?[] { "y", 1L }, [rows[1]["Q"], rows[1]["Answer"]]);
        var choices = Assert.IsAssignableFrom<IReadOnlyDictionary<string, object?>>(rows[1]["Choices"]);
        Assert.Equal(new object?[] { "A", "B" }, Assert.IsAssignableFrom<IReadOnlyList<object?>>(choices["Label"]));
    }

    [Fact]
    public void A_file_that_its_manifest_knows_for_something_else_is_no_clone()
    {
        _folder.WriteText("data/MANIFEST.json", """[{"file": "squad/validation_sample1000.jsonl", "hf_dataset": "allenai/squad"}]""");
        _folder.WriteText("data/squad/validation_sample1000.jsonl", "{\"q\": 1}\n");
        Assert.Throws<InputException>(() => new DatasetLibrary { Folders = [_folder["data"]] }.Open(Reference("rajpurkar/squad")));
    }

    [Fact]
    public void A_snapshot_in_the_cache_of_the_hub_by_its_header()
    {
        string snapshot = _folder["hub/datasets--org--demo/snapshots/abc"];
        Directory.CreateDirectory(_folder["hub/datasets--org--demo/refs"]);
        File.WriteAllText(_folder["hub/datasets--org--demo/refs/main"], "abc");
        Directory.CreateDirectory(Path.Combine(snapshot, "all"));
        File.WriteAllText(Path.Combine(snapshot, "all", "dev-1.jsonl"), "{\"q\": 1}\n");
        File.WriteAllText(Path.Combine(snapshot, "all", "dev-2.jsonl"), "{\"q\": 2}\n");
        File.WriteAllText(Path.Combine(snapshot, "all", "test.jsonl"), "{\"q\": 3}\n");
        File.WriteAllText(Path.Combine(snapshot, "README.md"),
            "---\nlicense: mit\nconfigs:\n- config_name: all\n  data_files:\n  - split: dev\n    path: all/dev-*.jsonl\n  - split: test\n    path: all/test.jsonl\n---\n# Demo\n");
        Dataset dataset = new DatasetLibrary { Folders = [_folder["hub"]] }.Open(Reference("org/demo", "all"));
        Assert.Equal([1L, 2L], dataset.Read("dev").Select(row => row["q"]));
        Assert.Equal([3L], dataset.Read("test").Select(row => row["q"]));
    }

    [Fact]
    public void A_parquet_file_that_is_cut_off_is_told()
    {
        WriteParquet(_folder["p/whole.parquet"], "x");
        byte[] whole = File.ReadAllBytes(_folder["p/whole.parquet"]);
        foreach (int length in (int[])[0, 3, whole.Length / 2, whole.Length - 1])
        {
            File.WriteAllBytes(_folder["p/cut.parquet"], whole[..length]);
            Assert.Throws<InputException>(() => new DatasetLibrary().Open(Reference("parquet", files: "p/cut.parquet")).Read("train"));
        }
    }

    [Fact]
    public void Values_with_commas_by_their_kinds()
    {
        File.WriteAllText(_folder["rows.csv"], "q,\"n\",x,t,gap\r\n\"a, \"\"b\"\"\nc\",1,1.5,True,\r\nplain,-2,2,False,3\r\n");
        IReadOnlyList<IReadOnlyDictionary<string, object?>> rows = new DatasetLibrary().Open(Reference("csv", files: "rows.csv")).Read("train");
        Assert.Equal(["a, \"b\"\nc", "plain"], rows.Select(row => row["q"]));
        Assert.Equal([1L, -2L], rows.Select(row => row["n"]));
        Assert.Equal([1.5, 2.0], rows.Select(row => row["x"]));
        Assert.Equal([true, false], rows.Select(row => row["t"]));
        Assert.Equal([null, 3.0], rows.Select(row => row["gap"]));
    }

    [Fact]
    public void A_row_a_line()
    {
        File.WriteAllText(_folder["lines.txt"], "one\ntwo\n");
        Assert.Equal(["one", "two"], new DatasetLibrary().Open(Reference("text", files: "lines.txt")).Read("train").Select(row => row["text"]));
    }

    [Theory]
    [InlineData("a,b\n1\n", "1 values for 2 columns")]
    [InlineData("a,b\n\"1,2\n", "never closed")]
    [InlineData("", "empty")]
    public void A_table_that_is_broken_is_told(string csv, string problem)
    {
        File.WriteAllText(_folder["rows.csv"], csv);
        Assert.Contains(problem, Assert.Throws<InputException>(() => new DatasetLibrary().Open(Reference("csv", files: "rows.csv")).Read("train")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_cut_off_or_altered_is_told_or_read()
    {
        WriteStream(_folder["whole.arrow"], Batch("x", "y"), Batch("z"));
        byte[] whole = File.ReadAllBytes(_folder["whole.arrow"]);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Int[0, whole.Length - 1], Gen.Byte).Sample((length, at, value) =>
        {
            byte[] bytes = [.. whole.AsSpan(0, length)];
            if (at < length)
                bytes[at] = value;
            string path = _folder[$"{length}-{at}-{value}.arrow"];
            File.WriteAllBytes(path, bytes);
            try
            {
                foreach (IReadOnlyDictionary<string, object?> row in new DatasetLibrary().Open(Reference("arrow", files: path)).Read("train"))
                    _ = row.Count;
            }
            catch (InputException)
            {
            }
            File.Delete(path);
        }, iter: 1000, threads: 1);
    }
}
