using Castalia.Testing;
using Row = System.Collections.Generic.IReadOnlyDictionary<string, object?>;

namespace Castalia.Evaluation.Tests.Datasets;

/// <summary>How the names of data sets, configurations and splits are resolved in folders with a manifest.</summary>
public class DatasetLibraryTests
{
    private static readonly DatasetLibrary Library = new() { Folders = [Fixtures.Path("eval", "datasets")] };
    private static readonly DatasetLibrary WithStandIns = Library with { StandIns = true };

    [Theory]
    [InlineData("allenai/ai2_arc", "ARC-Easy")]
    [InlineData("ai2_arc", "ARC-Easy")]
    [InlineData("Allenai/AI2_arc", "ARC-Easy")]
    [InlineData("super_glue", "boolq")]
    [InlineData("aps/super_glue", "boolq")]
    [InlineData("glue", "mrpc")]
    [InlineData("nyu-mll/glue", "mrpc")]
    [InlineData("piqa", null)]
    [InlineData("baber/piqa", "plain_text")]
    [InlineData("ybisk/piqa", null)]
    [InlineData("hails/mmlu_no_train", "anatomy")]
    [InlineData("cais/mmlu", "anatomy")]
    [InlineData("lukaemon/bbh", "boolean_expressions")]
    [InlineData("truthful_qa", "multiple_choice")]
    [InlineData("lambada_openai", "default")]
    [InlineData("medmcqa", null)]
    public void Names_of_the_same_data_are_one(string path, string? name)
    {
        Dataset dataset = Library.Open(Reference(path, name));
        Assert.All(dataset.Splits, split => Assert.NotEmpty(dataset.Read(split)));
    }

    [Fact]
    public void Only_the_split_that_is_asked_for_is_read()
    {
        using var folder = new TemporaryFolder();
        folder.WriteText("a/train.jsonl", "{\"broken");
        folder.WriteText("a/test.jsonl", "{\"q\": 1}\n\n{\"q\": 2, \"r\": [1.5, null, {\"x\": true}]}\n");
        folder.WriteText("MANIFEST.json", """[{"file": "a/train.jsonl", "hf_dataset": "me/a"}, {"file": "a/test.jsonl", "hf_dataset": "me/a", "rows": 2}]""");
        Dataset dataset = new DatasetLibrary { Folders = [folder.Path] }.Open(Reference("me/a"));

        DatasetRows read = dataset.Read("test", total => total - 1);

        Assert.Equal(["train", "test"], dataset.Splits);
        Assert.Equal(2, read.Total);
        Assert.Equal(1L, Assert.Single(read.Rows)["q"]);
        Assert.Equal(["q", "r"], dataset.Read("test")[1].Keys);
        Assert.Equal([1.5, null], ((object?[])dataset.Read("test")[1]["r"]!).Take(2));
        var error = Assert.Throws<InputException>(() => dataset.Read("train")[0]);
        Assert.Equal("line 1, column 9", error.Place);
    }

    [Fact]
    public void A_missing_split_is_stood_in_for_only_when_asked()
    {
        var error = Assert.Throws<InputException>(() => Library.Open(Reference("allenai/sciq")).Read("test"));
        Assert.Contains("it has 'validation'", error.Problem, StringComparison.Ordinal);
        Assert.Contains("--stand_ins", error.Remedy, StringComparison.Ordinal);

        DatasetRows stood = WithStandIns.Open(Reference("allenai/sciq")).Read("train", total => total);

        Assert.Equal("the split 'validation'", stood.StandIn);
        Assert.Null(WithStandIns.Open(Reference("allenai/sciq")).Read("validation", total => total).StandIn);
    }

    [Fact]
    public void A_sample_is_not_the_split_that_it_is_of()
    {
        var error = Assert.Throws<InputException>(() => Library.Open(Reference("hellaswag")).Read("validation"));
        Assert.Contains("has no split 'validation'; it has none", error.Problem, StringComparison.Ordinal);
        Assert.Contains("a sample of 1,000", error.Remedy, StringComparison.Ordinal);
        Assert.Equal("a sample of 1,000 of its documents", WithStandIns.Open(Reference("hellaswag")).Read("train", total => total).StandIn);
    }

    [Fact]
    public void Columns_are_the_hubs()
    {
        Row medical = Library.Open(Reference("pubmed_qa", "pqa_labeled")).Read("train")[0];
        Assert.Equal(["pubid", "question", "context", "long_answer", "final_decision"], medical.Keys);
        Assert.Equal(["contexts", "labels", "meshes", "reasoning_required_pred", "reasoning_free_pred"], ((Row)medical["context"]!).Keys);
        Row problem = WithStandIns.Open(Reference("Maxwell-Jia/AIME_2024")).Read("train")[0];
        Assert.Equal(["ID", "Problem", "Solution", "Answer"], problem.Keys);
        Assert.Equal("2024-I-1", problem["ID"]);
        Assert.IsType<long>(problem["Answer"]);
    }

    [Theory]
    [InlineData("EleutherAI/unscramble", null, "several configurations", "reversed_words")]
    [InlineData("EleutherAI/unscramble", "reverse_words", "no configuration 'reverse_words'", "Did you mean 'reversed_words'?")]
    [InlineData("EleutherAI/lambada_openai", "de", "no configuration 'de'", "default")]
    [InlineData("hails/agieval-lsat-ar", null, "cannot be taken from", "clone")]
    [InlineData("nobody/nothing", null, "was not found", "--datasets")]
    public void What_is_wrong_is_named(string path, string? name, string problem, string remedy)
    {
        var error = Assert.Throws<InputException>(() => Library.Open(Reference(path, name)));
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"file": "a"}""", "no list")]
    [InlineData("""[{"file": "../a.jsonl", "hf_dataset": "me/a"}]""", "not below")]
    [InlineData("""[{"file": "/etc/a.jsonl", "hf_dataset": "me/a"}]""", "not below")]
    [InlineData("""[{"rows": 3}]""", "no list")]
    [InlineData("""[{"file": "gone.jsonl", "hf_dataset": "me/a"}]""", "listed and not there")]
    [InlineData("""[{"file": "a.jsonl", "hf_dataset": "me/a", "sha256": "00"}]""", "SHA-256 differs")]
    public void A_wrong_manifest_is_named(string manifest, string problem)
    {
        using var folder = new TemporaryFolder();
        folder.WriteText("a.jsonl", "{}");
        folder.WriteText("MANIFEST.json", manifest);
        var library = new DatasetLibrary { Folders = [folder.Path] };

        var error = Assert.Throws<InputException>(() => library.Open(Reference("me/a")).Read("train"));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_on_the_hub_is_found_in_a_manifest()
    {
        var kwargs = new Dictionary<string, object?>
        {
            ["data_files"] = new Dictionary<string, object?> { ["validation"] = "hf://datasets/EleutherAI/arithmetic/data/single_digit_three_ops.jsonl" },
        };

        Row row = Library.Open(new DatasetReference("json", null, kwargs, "task.yaml", "demo")).Read("validation")[0];

        Assert.StartsWith("\n\nQ:", (string)row["context"]!, StringComparison.Ordinal);
        Assert.StartsWith("Question:", (string)Library.Open(Reference("EleutherAI/arithmetic", "arithmetic_1dc")).Read("validation")[0]["context"]!, StringComparison.Ordinal);
    }

    internal static DatasetReference Reference(string path, string? name = null) => new(path, name, new Dictionary<string, object?>(), "task.yaml", "demo");
}
