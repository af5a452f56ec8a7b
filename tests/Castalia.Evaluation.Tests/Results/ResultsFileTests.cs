using System.Text.Json;
using Castalia.Evaluation.Tests.Golden;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Results;

public sealed class ResultsFileTests
{
    private static readonly EvaluationOptions Few = new() { Limit = 5, BootstrapIterations = 100, Datasets = GoldenRun.Datasets };

    private static EvaluationResult Run(params string[] tasks) => Evaluator.Evaluate(
        EvaluationPlan.Build(GoldenRun.Library.Load(tasks), Few, null, TestContext.Current.CancellationToken), new Sha256LanguageModel(), null, TestContext.Current.CancellationToken);

    [Fact]
    public void Has_the_layout_and_the_hashes_of_the_harness()
    {
        using var folder = new TemporaryFolder();
        ResultsFile.Write(folder.Path, Run("blimp", "lambada_openai"));

        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(folder["results.json"]));
        JsonElement root = json.RootElement;
        // 67 tasks of BLiMP, LAMBADA, and the group of the first.
        Assert.Equal(69, root.GetProperty("results").EnumerateObject().Count());
        Assert.Equal("blimp", root.GetProperty("results").EnumerateObject().Last().Name);
        Assert.Equal(0, root.GetProperty("n-shot").GetProperty("blimp").GetInt32());
        Assert.True(root.GetProperty("higher_is_better").GetProperty("blimp").GetProperty("acc").GetBoolean());
        JsonElement lambada = root.GetProperty("results").GetProperty("lambada_openai");
        Assert.Equal(5, lambada.GetProperty("sample_len").GetInt32());
        Assert.True(lambada.GetProperty("perplexity_stderr,none").GetDouble() > 0);
        Assert.Equal(335, root.GetProperty("groups").GetProperty("blimp").GetProperty("sample_len").GetInt32());
        Assert.Equal(67, root.GetProperty("group_subtasks").GetProperty("blimp").GetArrayLength());
        Assert.Equal(1000, root.GetProperty("n-samples").GetProperty("blimp_wh_island").GetProperty("original").GetInt32());
        Assert.False(root.GetProperty("higher_is_better").GetProperty("lambada_openai").GetProperty("perplexity").GetBoolean());
        Assert.Equal(675, root.GetProperty("n_requests").GetInt32());
        Assert.Equal(64, root.GetProperty("requests_sha256").GetString()!.Length);
        Assert.False(root.TryGetProperty("date", out _));
        Assert.Equal(1 + 68, Directory.EnumerateFiles(folder.Path).Count());
    }

    [Fact]
    public void Samples_equal_the_reference_document_by_document()
    {
        using var folder = new TemporaryFolder();
        using var golden = new GoldenRun(GoldenFiles.Repository, "arc_easy__0shot");
        ResultsFile.Write(folder.Path, Run("arc_easy"));
        string[] lines = File.ReadAllLines(folder["samples_arc_easy.jsonl"]);
        Assert.Equal(5, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            using JsonDocument sample = JsonDocument.Parse(lines[i]);
            JsonElement expected = golden.Documents[i];
            Assert.Equal(i, sample.RootElement.GetProperty("doc_id").GetInt32());
            foreach (string hash in new[] { "doc_hash", "prompt_hash", "target_hash" })
                Assert.Equal(expected.GetProperty(hash).GetString(), sample.RootElement.GetProperty(hash).GetString());
            JsonElement[] answers = [.. expected.GetProperty("filtered_resps").EnumerateArray()];
            for (int j = 0; j < answers.Length; j++)
            {
                Assert.Equal(expected.GetProperty("context").GetString(), Arguments(sample, j).GetProperty("arg_0").GetString());
                Assert.Equal(answers[j][0].GetRawText(), sample.RootElement.GetProperty("filtered_resps")[j][0].GetString());
                Assert.Equal(answers[j][1].GetBoolean() ? "True" : "False", sample.RootElement.GetProperty("resps")[j][0][1].GetString());
            }
            Assert.Equal(expected.GetProperty("metrics").GetProperty("acc_norm").GetRawText(), sample.RootElement.GetProperty("acc_norm").GetRawText());
        }

        static JsonElement Arguments(JsonDocument sample, int i) => sample.RootElement.GetProperty("arguments").GetProperty($"gen_args_{i}");
    }

    [Fact]
    public void The_same_run_is_the_same_bytes()
    {
        var description = new RunDescription { ModelKind = "sha256" };
        Assert.Equal(ResultsFile.Text(Run("arc_easy"), description), ResultsFile.Text(Run("arc_easy"), description));
    }

    [Fact]
    public void Names_become_files_as_in_the_harness()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", "sanitize.json")));
        foreach (JsonElement pair in json.RootElement.GetProperty("model").EnumerateArray())
            Assert.Equal(pair[1].GetString(), ResultsFile.SanitizeModelName(pair[0].GetString()!));
        foreach (JsonElement pair in json.RootElement.GetProperty("task").EnumerateArray())
            Assert.Equal(pair[1].GetString(), ResultsFile.SanitizeTaskName(pair[0].GetString()!));
    }

    [Fact]
    public void The_table_shows_a_group_above_its_tasks()
    {
        ResultsTable table = ResultsTable.Of(Run("blimp", "arc_easy"));
        Assert.Equal("blimp", table.Rows[0][0]);
        Assert.StartsWith(" - ", table.Rows[1][0], StringComparison.Ordinal);
        Assert.Equal(1 + 67 + 2, table.Rows.Count);
        Assert.All(table.Rows, row => Assert.Equal(table.Header.Count, row.Count));
    }
}
