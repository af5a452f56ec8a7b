namespace Castalia.Evaluation.Tests.Metrics.Text;

/// <summary>Scores of short answers; expected values worked out by hand from the definitions of SQuAD, CoQA and DROP.</summary>
public sealed class AnswerScoresTests
{
    [Theory]
    [InlineData("The Eiffel-Tower!", "eiffeltower", 1, 1)]
    [InlineData("in the year 1889", "1889", 0, 0.5)]
    [InlineData("the", "a", 1, 1)]
    [InlineData("", "x", 0, 0)]
    [InlineData("b b c", "b c c", 0, 2.0 / 3)]
    public void Squad_scores_normalised_words(string prediction, string gold, double exact, double f1)
    {
        Assert.Equal(exact, Squad.Exact(prediction, gold));
        Assert.Equal(f1, Squad.F1(prediction, gold), 1e-15);
    }

    [Fact]
    public void Coqa_leaves_one_person_out_at_a_time()
    {
        (double exact, double f1) = Coqa.Scores("white", ["white", "white cat"]);
        Assert.Equal(0.5, exact);
        Assert.Equal((2.0 / 3 + 1) / 2, f1, 1e-15);
        Assert.Equal((1, 1), Coqa.Scores("White.", ["white"]));
    }

    [Fact]
    public void Drop_aligns_spans()
    {
        Assert.Equal((1, 1), Drop.Scores(["the Bears", "5"], ["5.0", "Bears"]));
        Assert.Equal((0, 0), Drop.Scores(["6 yards"], ["5 yards"]));
        Assert.Equal((0, 0.33), Drop.Scores(["bears"], ["bears", "lions", "colts"]));
        Assert.Equal((0, 0.67), Drop.Scores(["blue whale"], ["whale"]));
        Assert.Equal((0, 0.83), Drop.Scores(["tall man", "old woman"], ["old woman", "man"]));
    }

    [Theory]
    [InlineData("The 1,000 Ships", "1000.0 ships")]
    [InlineData("twenty-one", "twenty one")]
    [InlineData("1_0 nan", "10.0 nan")]
    [InlineData(".5", "0.5")]
    public void Drop_normalises_numbers(string span, string expected) => Assert.Equal(expected, Drop.Normalize(span));
}
