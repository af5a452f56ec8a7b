using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Castalia.Testing;
using Castalia.Text.Jinja.Python;
using Row = System.Collections.Generic.IReadOnlyDictionary<string, object?>;

namespace Castalia.Evaluation.Tests.Datasets;

/// <summary>Rows come out as the reference harness had them: the hashes of its samples files stand on names, order and types of columns.</summary>
public class DocumentHashTests
{
    private static readonly JsonElement[] Tasks =
        [.. JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "datasets", "documents.json"))).RootElement.EnumerateArray()];

    public static TheoryData<string> Hashed { get; } = [.. Tasks.Where(task => task.TryGetProperty("hashes", out _)).Select(task => task.GetProperty("task").GetString()!)];

    [Theory]
    [MemberData(nameof(Hashed))]
    public void Documents_hash_as_the_reference_hashed_them(string task)
    {
        JsonElement wanted = Tasks.Single(known => known.GetProperty("task").GetString() == task);
        var library = new DatasetLibrary { Folders = [Fixtures.Path("eval", "datasets")], StandIns = true };
        string[] hashes = [.. wanted.GetProperty("hashes").EnumerateArray().Select(hash => hash.GetString()!)];

        IReadOnlyList<Row> rows = Documents(library, wanted, hashes.Length);

        // The reference's function for web questions sorts a document's answers in place before it is hashed.
        Assert.Equal(hashes, rows.Select(row => Hash(task == "webqs" ? Sorted(row) : row)));
    }

    [Fact]
    public void All_golden_runs_hash_alike()
    {
        string? fixtures = Environment.GetEnvironmentVariable("CASTALIA_EVAL_FIXTURES");
        Assert.SkipWhen(fixtures is null, "CASTALIA_EVAL_FIXTURES names no folder with data and golden runs.");
        var library = new DatasetLibrary { Folders = [Path.Combine(fixtures!, "data")], StandIns = true };
        var rows = new Dictionary<string, IReadOnlyList<Row>>();
        var wrong = new List<string>();
        int compared = 0;
        foreach (string file in Directory.GetFiles(Path.Combine(fixtures!, "golden"), "*.jsonl.gz"))
        {
            using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
            while (reader.ReadLine() is { } line)
            {
                using JsonDocument sample = JsonDocument.Parse(line);
                string task = sample.RootElement.GetProperty("task").GetString()!;
                if (!rows.TryGetValue(task, out IReadOnlyList<Row>? documents))
                    rows.Add(task, documents = Documents(library, Describe(task), int.MaxValue));
                Row row = documents[sample.RootElement.GetProperty("doc_id").GetInt32()];
                compared++;
                if (Hash(task == "webqs" ? Sorted(row) : row) != sample.RootElement.GetProperty("doc_hash").GetString())
                    wrong.Add($"{Path.GetFileName(file)} {task} {sample.RootElement.GetProperty("doc_id")}");
            }
        }
        Assert.Empty(wrong);
        Assert.True(compared > 10_000, $"only {compared} samples were compared");
    }

    private static JsonElement Describe(string task)
    {
        if (Array.Find(Tasks, known => known.GetProperty("task").GetString() == task) is { ValueKind: JsonValueKind.Object } known)
            return known;
        foreach ((string prefix, string path, string split) in new[]
        {
            ("blimp_", "nyu-mll/blimp", "train"), ("mmlu_flan_cot_fewshot_", "cais/mmlu", "test"), ("mmlu_flan_cot_zeroshot_", "cais/mmlu", "validation"),
            ("mmlu_", "hails/mmlu_no_train", "test"), ("bbh_cot_fewshot_", "SaylorTwift/bbh", "test"), ("bbh_cot_zeroshot_", "lukaemon/bbh", "test"), ("bbh_zeroshot_", "SaylorTwift/bbh", "test"),
        })
        {
            if (task.StartsWith(prefix, StringComparison.Ordinal))
                return JsonSerializer.SerializeToElement(new { task, path, name = task[prefix.Length..].Replace("_generative", "", StringComparison.Ordinal), split });
        }
        throw new InvalidDataException($"The data set of {task} is not known here.");
    }

    private static IReadOnlyList<Row> Documents(DatasetLibrary library, JsonElement task, int count)
    {
        string? name = task.TryGetProperty("name", out JsonElement config) ? config.GetString() : null;
        var reference = new DatasetReference(task.GetProperty("path").GetString()!, name, new Dictionary<string, object?>(), "task.yaml", task.GetProperty("task").GetString()!);
        IReadOnlyList<Row> rows = library.Open(reference).Read(task.GetProperty("split").GetString()!, total => Math.Min(total, count)).Rows;
        if (!task.TryGetProperty("process", out JsonElement process))
            return rows;
        string[] function = process.GetString()!.Split(':');
        return TaskFunctions.Find<DocumentsFunction>(Path.Combine("tasks", function[0]), function[1])!.Apply(rows);
    }

    private static string Hash(Row row) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(PythonJson.Dumps(row, indent: 2, ensureAscii: false))));

    private static OrderedDictionary<string, object?> Sorted(Row row)
    {
        var sorted = new OrderedDictionary<string, object?>(row);
        sorted["answers"] = ((IReadOnlyList<object?>)row["answers"]!).Order(Comparer<object?>.Create((a, b) => PythonString.CompareByCodePoint((string)a!, (string)b!))).ToArray();
        return sorted;
    }
}
