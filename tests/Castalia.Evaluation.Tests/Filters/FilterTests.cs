using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation.Tests.Filters;

public sealed class FilterTests
{
    private static readonly JsonElement Vectors = VectorJson.Read("filters.json");

    private static readonly IReadOnlyDictionary<string, object?> None = new Dictionary<string, object?>();

    public static IEnumerable<int> Cases => Enumerable.Range(0, Vectors.GetArrayLength());

    [Theory]
    [MemberData(nameof(CaseData))]
    public void Pipelines_equal_the_reference(int index)
    {
        JsonElement vector = Vectors[index];
        IReadOnlyList<object?> current = (IReadOnlyList<object?>)VectorJson.Value(vector.GetProperty("inputs"))!;
        IReadOnlyDictionary<string, object?>[] documents = vector.TryGetProperty("docs", out JsonElement docs)
            ? [.. docs.EnumerateArray().Select(VectorJson.Row)] : [.. current.Select(_ => None)];
        foreach (JsonElement step in vector.GetProperty("pipeline").EnumerateArray())
            current = Filter.Create(step[0].GetString()!, VectorJson.Row(step[1])).Apply(current, documents);
        Assert.Equal(PythonText.Repr(VectorJson.Value(vector.GetProperty("outputs"))), PythonText.Repr(current));
    }

    public static TheoryData<int> CaseData() => [.. Cases];

    [Theory]
    [InlineData("('Ola', 'NOUN') ('lo', 'VERB')", "['NOUN', 'VERB']")]
    [InlineData("none", "['invalid']")]
    public void Parts_of_speech_are_read_from_pairs(string answer, string expected) =>
        Assert.Equal(expected, PythonText.Repr(Apply("regex_pos", answer)));

    [Theory]
    [InlineData("PERSON: Ada Lovelace, none\nlocation: London", "per: ada lovelace $ loc: london")]
    [InlineData("date: 1843 $$ org: royal society $$", "date: 1843 $ org: royal society")]
    [InlineData("nothing", "")]
    public void Named_entities_take_one_form(string answer, string expected) => Assert.Equal(expected, Apply("format_span", answer));

    [Fact]
    public void Matches_may_be_selected_that_are_not_there() =>
        Assert.Throws<PythonException>(() => Filter.Create("regex", new Dictionary<string, object?> { ["regex_pattern"] = "a", ["group_select"] = 1L })
            .Apply([new object?[] { "a" }], [None]));

    [Theory]
    [InlineData("regx", null, null, "'regx' is no filter")]
    [InlineData("take_first_k", null, null, "needs 'k'")]
    [InlineData("take_first_k", "k", "three", "a whole number")]
    [InlineData("regex", "regex_pattern", "(", "unterminated")]
    [InlineData("regex", "pattern", "x", "no option 'pattern'")]
    [InlineData("map", "mapping_dict", "x", "names with values")]
    public void What_is_no_filter_is_refused(string name, string? option, string? value, string problem)
    {
        var options = option is null ? None : new Dictionary<string, object?> { [option] = value };
        Assert.Contains(problem, Assert.Throws<FormatException>(() => Filter.Create(name, options)).Message);
    }

    [Fact]
    public void A_document_without_choices_is_named()
    {
        IFilter filter = Filter.Create("multi_choice_regex", None);
        Assert.Contains("'choices'", Assert.Throws<PythonException>(() => filter.Apply([new object?[] { "A" }], [None])).Message);
    }

    private static object? Apply(string name, string answer) =>
        ((IReadOnlyList<object?>)Filter.Create(name, None).Apply([new object?[] { answer }], [None])[0]!)[0];
}
