using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Results;

public sealed class RecordedRunsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Put(string name, params string[] lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllLines(_folder[name], lines);
        return _folder[name];
    }

    private static string Sample(int id, int acc, string text = "Q") =>
        $$$"""{"doc_id": {{{id}}}, "target": "0", "arguments": {"gen_args_0": {"arg_0": "{{{text}}}", "arg_1": " yes"}, "gen_args_1": {"arg_0": "{{{text}}}", "arg_1": " no"}}, "resps": [[["-1.5", "False"]], [["-2.5", "False"]]], "filtered_resps": [["-1.5", "False"], ["-2.5", "False"]], "filter": "none", "metrics": ["acc"], "doc_hash": "h{{{id}}}", "acc": {{{acc}}}.0}""";

    // Values of published tables: z = 1.96, t(10) = 2.228, t(1) = 12.706, 0 of 5 by a coin.
    [Fact]
    public void P_values_are_those_of_tables()
    {
        Assert.Equal(0.05, Significance.Normal(1.959963984540054), 1e-12);
        Assert.Equal(0.0026997960632601866, Significance.Normal(-3), 1e-14);
        Assert.Equal(0.05, Significance.StudentT(2.2281388519649385, 10), 1e-10);
        Assert.Equal(0.05, Significance.StudentT(12.706204736432095, 1), 1e-10);
        Assert.Equal(0.5, Significance.StudentT(1, 1), 1e-12);
        Assert.Equal(0.0625, Significance.McNemar(0, 5), 1e-12);
        Assert.Equal(1, Significance.McNemar(4, 4), 1e-12);
    }

    [Fact]
    public void Differences_have_z_and_the_paired_test_and_tell_what_differs()
    {
        string a = Put("a/results_2026-01-01T10-00-00.000000.json", """{"results": {"t": {"alias": "t", "acc,none": 0.5, "acc_stderr,none": 0.03, "ppl,none": NaN, "ppl_stderr,none": "N/A"}, "u": {"acc,none": 1}}, "versions": {"t": 1.0}, "model_name": "m"}""");
        string b = Put("b/results_2026-01-02T10-00-00.json", """{"results": {"t": {"alias": "t", "acc,none": 0.6, "acc_stderr,none": 0.04, "ppl,none": Infinity}}, "versions": {"t": 2.0}}""");
        Put("a/samples_t_2026-01-01T10-00-00.000000.jsonl", [.. Enumerable.Range(0, 8).Select(i => Sample(i, i < 1 ? 1 : 0))]);
        Put("b/samples_t_2026-01-02T10-00-00.jsonl", [.. Enumerable.Range(0, 7).Select(i => Sample(i, i < 6 ? 1 : 0))]);
        ResultsDifference difference = ResultsDifference.Of(RecordedResults.Read(a), RecordedResults.Read(b));
        NumberDifference acc = difference.Rows[0];
        Assert.Equal(2, acc.Z!.Value, 1e-9);
        Assert.Equal(0.0455, acc.P!.Value, 1e-4);
        Assert.Equal(("McNemar", 7), (acc.Paired!.Name, acc.Paired.Documents));
        Assert.Equal(0.0625, acc.Paired.P, 1e-12);
        Assert.True(double.IsNaN(difference.Rows[1].A.Value));
        Assert.Null(difference.Rows[1].Z);
        Assert.Contains("t: versions differ: 1.0 and 2.0.", difference.Notes);
        Assert.Contains("u: in A alone: acc,none.", difference.Notes);
        Assert.Contains(difference.Notes, note => note.StartsWith("t: 1 samples", StringComparison.Ordinal));
    }

    [Fact]
    public void Values_that_are_no_hits_are_tested_by_t()
    {
        PairedTest test = PairedTest.Of([(1, 2), (2, 4), (3, 6)])!;
        Assert.Equal("paired t", test.Name);
        Assert.Equal(0.0742, test.P, 1e-4); // t = 2 / (1 / √3) at 2 degrees
    }

    [Fact]
    public void Models_are_compared_document_by_document()
    {
        string a = Put("a.jsonl", Sample(0, 1), Sample(1, 1), Sample(2, 0), Sample(3, 0), Sample(4, 0));
        string b = Put("b.jsonl", Sample(0, 1), Sample(1, 0), Sample(2, 1), Sample(3, 1), Sample(4, 0));
        SamplesComparison comparison = SamplesComparison.Of(a, b);
        Assert.Equal((1, 1, 2, 1), (comparison.Both, comparison.OnlyA, comparison.OnlyB, comparison.Neither));
        Assert.Equal([1, 2, 3], comparison.Changed.Select(pair => pair.A.Id));
        Assert.Throws<InputException>(() => SamplesComparison.Of(a, b, "f1"));
    }

    [Fact]
    public void Both_forms_of_requests_are_read()
    {
        RecordedSample now = Assert.Single(RecordedSample.Read(Put("now.jsonl", Sample(0, 1))));
        Assert.Equal([new RecordedAnswer("Q", " yes", -1.5, null), new RecordedAnswer("Q", " no", -2.5, null)], now.Answers);
        RecordedSample old = Assert.Single(RecordedSample.Read(Put("old.jsonl",
            """{"doc_id": 3, "target": 4, "arguments": [["2+2=", {"until": ["\n"]}]], "resps": [["5"]], "filtered_resps": ["5"], "exact_match": 0.0}""")));
        Assert.Equal([new RecordedAnswer("2+2=", "", null, "5")], old.Answers);
        Assert.Equal(("4", "5", "none"), (old.Target, old.Filtered, old.Filter));
    }

    [Theory]
    [InlineData("{", "line 2")]
    [InlineData("[1]", "line 2")]
    [InlineData("{\"doc_id\": \"x\"}", "line 2")]
    [InlineData("{\"doc_id\": 1, \"target\": \"\\ud800\"}", "line 2")]
    public void A_bad_line_is_named(string line, string place)
    {
        string file = Put("bad.jsonl", Sample(0, 1), line);
        Assert.Equal(place, Assert.Throws<InputException>(() => RecordedSample.Read(file).Count()).Place);
    }

    [Fact]
    public void No_text_gets_out_of_the_page_s_data()
    {
        string file = Put("samples_t_2026-01-01T10-00-00.000000.jsonl", Sample(0, 1, "</script><script>alert(1)</script><!--"));
        Assert.Equal(1, SamplesPage.Write(_folder["page.html"], [file]));
        string page = File.ReadAllText(_folder["page.html"]);
        Assert.DoesNotContain("alert(1)</script>", page, StringComparison.Ordinal);
        Assert.Contains("\\u003C/script\\u003E", page, StringComparison.Ordinal);
        Assert.Contains("\"task\":\"t\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
    }
}
