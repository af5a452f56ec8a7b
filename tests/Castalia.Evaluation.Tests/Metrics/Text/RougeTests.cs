namespace Castalia.Evaluation.Tests.Metrics.Text;

/// <summary>ROUGE; expected values are those of rouge_score's own tests (rouge_scorer_test.py), and Porter's paper for stems.</summary>
public sealed class RougeTests
{
    [Fact]
    public void Ngrams_are_counted()
    {
        Assert.Equal(new RougeScore(1, 1.0 / 3, 0.5), Rouge.Ngrams("testing", "testing one two", 1));
        AssertClose(1, 0.5, 2.0 / 3, Rouge.Ngrams("testing one", "testing one two", 2));
        Assert.Equal(default, Rouge.Ngrams("", "testing one two", 1));
    }

    [Fact]
    public void The_longest_subsequence_need_not_be_consecutive()
    {
        AssertClose(1, 2.0 / 3, 0.8, Rouge.Longest("testing one", "testing one two"));
        AssertClose(1, 2.0 / 3, 0.8, Rouge.Longest("testing two", "testing one two"));
        Assert.Equal(default, Rouge.Longest("", "x"));
    }

    [Fact]
    public void Lines_are_united()
    {
        AssertClose(0.4, 0.8, 0.8 / 1.5, Rouge.LongestOfLines("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5"));
        Assert.Equal(default, Rouge.LongestOfLines("/", "w1 w2"));
        Assert.Equal(default, Rouge.LongestOfLines("w1", ""));
    }

    [Theory]
    [InlineData("caresses", "caress")]
    [InlineData("ponies", "poni")]
    [InlineData("ties", "tie")]
    [InlineData("agreed", "agre")]
    [InlineData("plastered", "plaster")]
    [InlineData("motoring", "motor")]
    [InlineData("conflated", "conflat")]
    [InlineData("hopping", "hop")]
    [InlineData("falling", "fall")]
    [InlineData("filing", "file")]
    [InlineData("happy", "happi")]
    [InlineData("relational", "relat")]
    [InlineData("conditional", "condit")]
    [InlineData("electrical", "electr")]
    [InlineData("adjustment", "adjust")]
    [InlineData("generalizations", "gener")]
    [InlineData("oscillators", "oscil")]
    [InlineData("controll", "control")]
    [InlineData("enjoy", "enjoy")]
    [InlineData("dying", "die")]
    public void Stems_are_porters(string word, string stem) => Assert.Equal(stem, PorterStemmer.Stem(word));

    [Fact]
    public void Stemmed_words_match() => Assert.Equal(1, Rouge.Ngrams("He was testing cats", "he was tested cat", 1, stem: true).F, 1e-12);

    private static void AssertClose(double precision, double recall, double f, RougeScore score)
    {
        Assert.Equal(precision, score.Precision, 1e-12);
        Assert.Equal(recall, score.Recall, 1e-12);
        Assert.Equal(f, score.F, 1e-12);
    }
}
