using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Backends;

public sealed class GenerationArgumentsTests
{
    [Fact]
    public void Arguments_are_normalised_as_the_reference_does_it()
    {
        foreach (JsonElement vector in Vectors("normalize_gen_kwargs.json"))
        {
            GenerationArguments arguments = GenerationArguments.Of((IReadOnlyDictionary<string, object?>)Value(vector.GetProperty("inp"))!);
            JsonElement expected = vector.GetProperty("out");
            Assert.Equal(expected.EnumerateObject().Select(field => field.Name).Order(), arguments.Values.Keys.Order());
            foreach (JsonProperty field in expected.EnumerateObject())
                Assert.Equal(Value(field.Value), arguments.Values[field.Name]);
            Assert.Equal(vector.GetProperty("stops").EnumerateArray().Select(stop => stop.GetString()!), arguments.Stops("</s>"));
        }
    }

    [Fact]
    public void Answers_are_cut_as_the_reference_cuts_them()
    {
        foreach (JsonElement vector in Vectors("postprocess_generated_text.json"))
        {
            string[] stops = vector.GetProperty("stop") switch
            {
                { ValueKind: JsonValueKind.String } one => [one.GetString()!],
                { ValueKind: JsonValueKind.Array } many => [.. many.EnumerateArray().Select(stop => stop.GetString()!)],
                _ => [],
            };
            Assert.Equal(vector.GetProperty("out").GetString(),
                GenerationArguments.Cut(vector.GetProperty("generation").GetString()!, stops, vector.GetProperty("think_end_token").GetString()));
        }
    }

    [Fact]
    public void Prompts_are_truncated_as_the_reference_truncates_them()
    {
        foreach (JsonElement vector in Vectors("maybe_truncate.json"))
        {
            var truncation = new PromptTruncation(Enum.Parse<TruncationSide>(vector.GetProperty("side").GetString()!, ignoreCase: true), vector.GetProperty("shrink").GetBoolean());
            (int[] tokens, int maxGenToks) = truncation.Apply([.. Enumerable.Range(0, vector.GetProperty("n").GetInt32())],
                vector.GetProperty("max_gen_toks").GetInt32(), vector.GetProperty("max_model_len").GetInt32(), vector.GetProperty("min_gen_toks").GetInt32());
            Assert.Equal(vector.GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32()), tokens);
            Assert.Equal(vector.GetProperty("new_max_gen_toks").GetInt32(), maxGenToks);
        }
    }

    [Theory]
    [InlineData("do_sample", "yes")]
    [InlineData("until", 3L)]
    [InlineData("temperature", "warm")]
    [InlineData("max_gen_toks", 0L)]
    public void What_is_of_a_wrong_kind_is_refused_by_name(string key, object value)
    {
        InputException error = Assert.Throws<InputException>(() => GenerationArguments.Of(new Dictionary<string, object?> { [key] = value }, "tiny"));
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    private static List<JsonElement> Vectors(string name)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", name)));
        return [.. file.RootElement.EnumerateArray().Select(vector => vector.Clone())];
    }

    private static object? Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Number => json.GetRawText().Contains('.', StringComparison.Ordinal) ? json.GetDouble() : (object)json.GetInt64(),
        JsonValueKind.Array => json.EnumerateArray().Select(Value).ToArray(),
        JsonValueKind.Object => json.EnumerateObject().ToDictionary(field => field.Name, field => Value(field.Value)),
        _ => null,
    };
}
