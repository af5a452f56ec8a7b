using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation.Tests.Metrics;

public sealed class ExactMatchTests
{
    [Fact]
    public void Scores_equal_the_reference()
    {
        foreach (JsonElement vector in VectorJson.Read("exact_match.json").EnumerateArray())
        {
            double score = ExactMatch.Score(VectorJson.Texts(vector.GetProperty("references")), VectorJson.Texts(vector.GetProperty("predictions")),
                VectorJson.Row(vector.GetProperty("options")));
            Assert.Equal(vector.GetProperty("exact_match").GetDouble(), score, 1e-15);
        }
    }

    [Fact]
    public void A_pattern_that_is_none_is_refused() =>
        Assert.Throws<PythonException>(() => ExactMatch.Score(["a"], ["b"], new Dictionary<string, object?> { ["regexes_to_ignore"] = new object?[] { "(" } }));
}
