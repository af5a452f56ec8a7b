using System.Text.Json;
using Castalia.Testing;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation.Tests.Configuration;

/// <summary>Arguments of the command line against the harness's own reading of them.</summary>
public sealed class ArgumentTextTests
{
    private static JsonElement[] Vectors(string name)
    {
        // Python's JSON has numbers that are none.
        string text = File.ReadAllText(Fixtures.Path("eval", "vectors", name)).Replace(": NaN", ": \"NaN\"", StringComparison.Ordinal).Replace(": Infinity", ": \"Infinity\"", StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(text);
        return [.. json.RootElement.EnumerateArray().Select(element => element.Clone())];
    }

    [Fact]
    public void A_value_is_what_the_harness_makes_of_it()
    {
        JsonElement[] vectors = Vectors("handle_arg_string.json");
        Assert.NotEmpty(vectors);
        foreach (JsonElement vector in vectors)
        {
            object? value = ArgumentText.Value(vector.GetProperty("inp").GetString()!);
            object? expected = PythonJson.FromElement(vector.GetProperty("out"));
            if (value is double number && expected is string name)
                (value, expected) = (number.ToString(System.Globalization.CultureInfo.InvariantCulture), name);
            Assert.Equal(expected, value);
        }
    }

    [Fact]
    public void Pairs_are_what_the_harness_makes_of_them()
    {
        JsonElement[] vectors = Vectors("simple_parse_args_string.json");
        Assert.NotEmpty(vectors);
        foreach (JsonElement vector in vectors)
        {
            Assert.Equal(PythonJson.Dumps(PythonJson.FromElement(vector.GetProperty("out"))),
                PythonJson.Dumps(ArgumentText.Pairs(vector.GetProperty("inp").GetString()!, "--model_args")));
        }
    }

    [Theory]
    [InlineData("temperature=0.8,until=[\"a,b\", '}']", """{"temperature": 0.8, "until": ["a,b", "}"]}""")]
    [InlineData("a={'x': [1, 2]},b=don't,c=1", """{"a": {"x": [1, 2]}, "b": "don't", "c": 1}""")]
    [InlineData("""{"pretrained": "m", "n": 2}""", """{"pretrained": "m", "n": 2}""")]
    [InlineData("a=1,,b=2,", """{"a": 1, "b": 2}""")]
    public void Commas_inside_brackets_and_quotes_part_nothing(string text, string json) =>
        Assert.Equal(json, PythonJson.Dumps(ArgumentText.Pairs(text, "--gen_kwargs")));

    [Fact]
    public void A_later_text_goes_before_an_earlier_one() =>
        Assert.Equal("""{"a": 2, "b": 1}""", PythonJson.Dumps(ArgumentText.Merge(["a=1,b=1", "a=2"], "--model_args")));

    [Theory]
    [InlineData("nothing", "expected key=value")]
    [InlineData("{'a': 1}", "no JSON object")]
    [InlineData("{", "no JSON object")]
    public void What_is_no_pair_is_refused(string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<InputException>(() => ArgumentText.Pairs(text, "--model_args")).Message, StringComparison.Ordinal);
}
