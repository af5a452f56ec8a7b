using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Formats.Tests.Json;

public sealed class CanonicalJsonTests
{
    private sealed record Row(int StepNumber, double Loss, string Text, double[]? Values = null);

    [Fact]
    public void A_line_is_the_same_on_every_machine()
    {
        string line = CanonicalJson.ToLine(new Row(3, 0.1 + 0.2, "é 😀 \u2028 <a>&'+ \" \\ \n\t\u0001\u007f", [double.NaN, double.NegativeInfinity, 1e300, -0.0]));
        Assert.Equal(
            "{\"step_number\":3,\"loss\":0.30000000000000004,\"text\":\"é 😀 \u2028 <a>&'+ \\\" \\\\ \\n\\t\\u0001\u007f\","
            + "\"values\":[\"NaN\",\"-Infinity\",1E+300,-0]}",
            line);
        Row back = JsonSerializer.Deserialize<Row>(line, CanonicalJson.Line)!;
        Assert.Equal("é 😀 \u2028 <a>&'+ \" \\ \n\t\u0001\u007f", back.Text);
        Assert.True(double.IsNaN(back.Values![0]));
    }

    [Fact]
    public void Every_character_comes_back()
    {
        string all = string.Concat(Enumerable.Range(0, 0x110000).Where(c => c is < 0xD800 or > 0xDFFF).Select(char.ConvertFromUtf32));
        string json = CanonicalJson.ToLine(all);
        Assert.Equal(all, JsonSerializer.Deserialize<string>(json));
        // Quotes around; seven characters with an escape of two, the other 27 control characters with one of six.
        Assert.Equal(all.Length + 2 + (7 * 1) + (27 * 5), json.Length);
    }

    [Fact]
    public void Half_a_surrogate_pair_becomes_the_replacement_character()
    {
        Assert.Equal("\"a\uFFFDb\"", CanonicalJson.ToLine("a\uD83Db"));
        Assert.Equal("\"\uFFFD\\\"\"", CanonicalJson.ToLine("\uDE00\""));
        Assert.Equal("\"😀\uFFFD\"", CanonicalJson.ToLine("😀\uD83D"));
    }

    [Fact]
    public void A_file_is_indented_ends_its_last_line_and_is_read_again()
    {
        using var folder = new TemporaryFolder();
        CanonicalJson.WriteFile(folder["a.json"], new Row(1, 2.5, "x"));
        Assert.Equal("{\n  \"step_number\": 1,\n  \"loss\": 2.5,\n  \"text\": \"x\",\n  \"values\": null\n}\n", File.ReadAllText(folder["a.json"]));
        Assert.Equal(new Row(1, 2.5, "x"), CanonicalJson.ReadFile<Row>(folder["a.json"]));
    }

    [Theory]
    [InlineData("{\n\"step_number\": 1,\n\"loss\": }", "line 3")]
    [InlineData("{\"loss\": \"high\"}", "$.loss")]
    [InlineData("{\"loss\": 1, \"loss\": 2}", "line 1")]
    [InlineData("{\"loss\": 1} {}", "line 1")]
    [InlineData("", "line 1")]
    public void What_is_wrong_is_named_with_its_place(string text, string place)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.json"], text);
        var error = Assert.Throws<InputException>(() => CanonicalJson.ReadFile<Row>(folder["a.json"]));
        Assert.Contains(place, error.Place);
        Assert.Equal(folder["a.json"], error.File);
    }

    [Fact]
    public void Null_too_long_and_other_encodings_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.json"], "null");
        Assert.Contains("null", Assert.Throws<InputException>(() => CanonicalJson.ReadFile<Row>(folder["a.json"])).Problem);
        Assert.Contains("at most 3", Assert.Throws<InputException>(() => CanonicalJson.ReadFile<Row>(folder["a.json"], longest: 3)).Problem);
        Assert.Contains("no such file", Assert.Throws<InputException>(() => CanonicalJson.ReadFile<Row>(folder["b.json"])).Problem);
        File.WriteAllBytes(folder["a.json"], [(byte)'"', 0xFF, (byte)'"']);
        Assert.Contains("UTF-8", Assert.Throws<InputException>(() => CanonicalJson.ReadFile<string>(folder["a.json"])).Problem);
    }
}
