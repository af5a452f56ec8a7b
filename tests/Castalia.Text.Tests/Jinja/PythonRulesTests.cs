using System.Globalization;
using System.Text.Json;
using Castalia.Testing;
using Castalia.Text.Jinja.Python;
using CsCheck;

namespace Castalia.Text.Tests.Jinja;

public sealed class PythonRulesTests
{
    [Fact]
    public void Json_is_written_as_python_writes_it()
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", "doc_hash.json")));
        foreach (JsonElement vector in file.RootElement.EnumerateArray())
        {
            object? document = PythonJson.FromElement(vector.GetProperty("doc"));
            Assert.Equal(vector.GetProperty("dumped").GetString(), PythonJson.Dumps(document, indent: 2, ensureAscii: false));
        }
    }

    [Theory]
    [InlineData(1.0, "1.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1e22, "1e+22")]
    [InlineData(9007199254740993.0, "9007199254740992.0")]
    [InlineData(1.5e-7, "1.5e-07")]
    [InlineData(123456789012345680.0, "1.2345678901234568e+17")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(double.PositiveInfinity, "inf")]
    public void Floats_print_as_in_python(double value, string expected) => Assert.Equal(expected, PythonText.Float(value));

    [Fact]
    public void Floats_read_back_as_themselves() =>
        Gen.Double.Where(double.IsFinite).Sample(value =>
            double.Parse(PythonText.Float(value), CultureInfo.InvariantCulture).Equals(value));

    [Fact]
    public void A_list_of_texts_survives_repr_and_literal_eval() =>
        Gen.String.Array[0, 5].Sample(texts =>
        {
            var read = (IReadOnlyList<object?>)PythonLiteral.Parse(PythonText.Repr(texts))!;
            return read.Cast<string>().SequenceEqual(texts);
        });

    [Theory]
    [InlineData("['a', \"b's\", 'c\\n']", "['a', \"b's\", 'c\\n']")]
    [InlineData("[1, -2.5, None, True, (1,), (2), {'k': [3]}]", "[1, -2.5, None, True, (1,), 2, {'k': [3]}]")]
    [InlineData("'a' 'b'", "'ab'")]
    public void Literals_are_read(string literal, string expected) => Assert.Equal(expected, PythonText.Repr(PythonLiteral.Parse(literal)));

    [Theory]
    [InlineData("[1, 2")]
    [InlineData("[1 2]")]
    [InlineData("open('x')")]
    [InlineData("'abc")]
    [InlineData("")]
    [InlineData("1 + 1")]
    public void What_is_no_literal_is_refused(string text) => Assert.Throws<PythonException>(() => PythonLiteral.Parse(text));

    [Fact]
    public void White_space_is_pythons()
    {
        Assert.Equal("x\u200b", PythonString.Strip("\x1c\x1f\u3000x\u200b\u2028"));
        Assert.Equal(["a", "b"], PythonString.SplitAtSpace(" a\x1d\u00a0b "));
        Assert.Equal("_x", PythonRegex.Replace("\x1e\n\u2003x", @"\s+", "_"));
    }

    [Fact]
    public void Text_is_ordered_by_code_point()
    {
        Assert.True(PythonString.CompareByCodePoint("\uffee", "\U0001d11e") < 0);
        Assert.True(PythonString.CompareByCodePoint("a", "ab") < 0);
        Assert.Equal(3, PythonString.Length("a\U0001d11eb"));
    }

    [Theory]
    [InlineData(@"(?P<a>x)(?P=a)", "xxy", "-", "-y")]
    [InlineData(@"[[x]", "[x]", "-", "--]")]
    [InlineData(@"a$", "a\n", "-", "-\n")]
    [InlineData(@"(\d)(\d)", "12", @"\2\1$1", "21$1")]
    public void Patterns_are_pythons(string pattern, string text, string replacement, string expected) =>
        Assert.Equal(expected, PythonRegex.Replace(text, pattern, replacement));
}
