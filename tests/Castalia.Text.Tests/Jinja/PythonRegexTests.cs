using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Tests.Jinja;

/// <summary>Python's <c>re</c>: what CPython 3.11 answers.</summary>
public sealed class PythonRegexTests
{
    [Theory]
    [InlineData(@"x*", "axb", "-", "-a--b-")]
    [InlineData(@"b|$", "ab", "-", "a--")]
    [InlineData(@"\w", "a\u0301", "-", "-\u0301")]
    [InlineData(@".", "\U0001f600a", "-", "--")]
    [InlineData(@"[^a]", "\U0001f600a", "-", "-a")]
    [InlineData(@"[\U0001f600-\U0001f64f]", "x\U0001f601", "-", "x-")]
    [InlineData(@"\D", "1\U0001f600", "-", "1-")]
    [InlineData(@"(?i)AB", "xab", "-", "x-")]
    [InlineData(@"(?s).*#### ", "a\nb #### 7", "", "7")]
    [InlineData(@"(?x) a # one", "ba", "-", "b-")]
    [InlineData(@"(?P<n>a)(b)", "ab", @"\2\g<n>\1", "baa")]
    [InlineData(@"a{,2}b", "aab", "-", "-")]
    [InlineData(@"a{x", "a{x", "-", "-")]
    [InlineData(@"(?<=\d),(?=\d{3})", "1,234,5", "", "1234,5")]
    [InlineData(@"(?m)^", "a\nb", ">", ">a\n>b")]
    [InlineData(@"\bthe\b", "the theme", "-", "- theme")]
    public void Replaces_as_python(string pattern, string text, string replacement, string expected) =>
        Assert.Equal(expected, PythonRegex.Replace(text, pattern, replacement));

    [Fact]
    public void Finds_texts_groups_or_tuples()
    {
        Assert.Equal<object?>(["12", "3"], PythonRegex.FindAll("12 a3", @"\d+"));
        Assert.Equal<object?>(["1", "3"], PythonRegex.FindAll("12 a3", @"(\d)\d?"));
        Assert.Equal<object?>(["1", ""], (IReadOnlyList<object?>)Assert.Single(PythonRegex.FindAll("1", @"(\d)(\d)?"))!);
    }

    [Fact]
    public void Splits_with_groups_between()
    {
        Assert.Equal(["", "a", "b", ""], PythonRegex.Split(" a b ", @"\s+"));
        Assert.Equal(["a", null, "b", "1", ""], PythonRegex.Split("a-b1", @"-|(\d)"));
        Assert.Equal(["", "a", ""], PythonRegex.Split("a", "x*"));
    }

    [Fact]
    public void Matches_at_the_start_or_whole()
    {
        Assert.True(PythonRegex.AtStart("abc", "(?i)A|x").Success);
        Assert.False(PythonRegex.AtStart("bac", "a").Success);
        Assert.True(PythonRegex.Whole("ab", "a|ab").Success);
        Assert.False(PythonRegex.Whole("ab\n", "ab").Success);
    }

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("*a")]
    [InlineData("a**")]
    [InlineData("[z-a]")]
    [InlineData(@"\q")]
    [InlineData(@"(a)\2")]
    [InlineData("(?P<a>x)(?P<a>y)")]
    [InlineData("a(?i)b")]
    public void What_is_no_pattern_is_refused(string pattern) => Assert.Throws<PythonException>(() => PythonRegex.Search("a", pattern));

    [Fact]
    public void A_pattern_that_runs_away_is_stopped() =>
        Assert.Contains("seconds", Assert.Throws<PythonException>(() => PythonRegex.Search(new string('a', 40) + "!", "(a+)+$")).Message);
}
