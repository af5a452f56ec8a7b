using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Castalia.Text.Regexes;
using CsCheck;

namespace Castalia.Text.Tests.Regexes;

/// <summary>The matches of Oniguruma, as HF tokenizers 0.23.2 finds them.</summary>
public sealed class TextPatternTests
{
    private static readonly string[] NastyStrings =
        [.. TokenizerFixtures.Lines("golden", "nasty_inputs.jsonl").Select(line => line.GetProperty("text").GetString()!)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Patterns_match_in_nasty_strings_where_they_match_in_HF(bool remembering)
    {
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "regex_matches.jsonl.zst"))
        {
            string pattern = golden.GetProperty("pattern").GetString()!;
            TextPattern parsed = TextPattern.Parse(pattern);
            // For each string: how far each match is from the one before, and its length, in code points.
            foreach ((string text, JsonElement matches) in NastyStrings.Zip(golden.GetProperty("matches").EnumerateArray()))
            {
                count++;
                List<int> steps = [];
                int last = 0;
                foreach ((int start, int end) in Matches(parsed, text, remembering))
                {
                    steps.AddRange([start - last, end - start]);
                    last = end;
                }
                if (!steps.SequenceEqual(Numbers(matches)))
                    wrong.Add($"{pattern} in \"{text}\": {string.Join(' ', steps)} instead of {matches.GetRawText()}");
            }
        }
        Assert.Equal(161 * NastyStrings.Length, count);
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n" + string.Join("\n", wrong.Take(8)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Random_patterns_match_where_they_match_in_HF(bool remembering)
    {
        List<string> wrong = [];
        int count = 0, refused = 0;
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "regex_random.jsonl.zst"))
        {
            count++;
            string pattern = golden.GetProperty("pattern").GetString()!;
            if (golden.TryGetProperty("refused", out _))
            {
                Assert.Throws<PatternException>(() => TextPattern.Parse(pattern));
                refused++;
                continue;
            }
            TextPattern parsed = TextPattern.Parse(pattern);
            foreach ((JsonElement text, JsonElement matches) in golden.GetProperty("texts").EnumerateArray().Zip(golden.GetProperty("matches").EnumerateArray()))
            {
                int[] found = [.. Matches(parsed, text.GetString()!, remembering).SelectMany(match => new[] { match.Start, match.End })];
                if (!found.SequenceEqual(Numbers(matches)))
                    wrong.Add($"{pattern} in {text.GetRawText()}: {string.Join(' ', found)} instead of {matches.GetRawText()}");
            }
        }
        Assert.Equal(6396, count);
        Assert.Equal(1722, refused);
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n" + string.Join("\n", wrong.Take(8)));
    }

    [Fact]
    public void Classes_hold_the_code_points_that_they_hold_in_HF()
    {
        List<string> wrong = [];
        StringBuilder all = new();
        List<int> points = [];
        for (int point = 0; point < 0x110000; point++)
        {
            if (!Rune.IsValid(point))
                continue;
            // A space before each keeps those apart that would match together.
            all.Append(' ').Append(new Rune(point).ToString());
            points.Add(point);
        }
        byte[] text = Encoding.UTF8.GetBytes(all.ToString());
        int[] pointAt = PointAt(text, points);
        foreach (JsonProperty golden in JsonDocument.Parse(TokenizerFixtures.Bytes("golden", "regex_classes.json.zst")).RootElement.EnumerateObject())
        {
            bool[] expected = new bool[0x110000], found = new bool[0x110000];
            int[] ranges = Numbers(golden.Value);
            for (int i = 0, last = 0; i < ranges.Length; i += 2)
            {
                int start = last + ranges[i];
                last = start + ranges[i + 1];
                expected.AsSpan(start, ranges[i + 1] + 1).Fill(true);
            }
            Matcher matcher = TextPattern.Parse($"(?<= )(?:{golden.Name})").Over(text);
            while (matcher.Next())
            {
                // The spaces between are matched as well.
                if (pointAt[matcher.Start] >= 0)
                    found[pointAt[matcher.Start]] = true;
            }
            int different = Enumerable.Range(0, 0x110000).FirstOrDefault(point => Rune.IsValid(point) && expected[point] != found[point], -1);
            if (different >= 0)
                wrong.Add($"{golden.Name} at U+{different:X4}: {found[different]} instead of {expected[different]}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n" + string.Join("\n", wrong.Take(20)));
    }

    /// <summary>What two engines of the same semantics have in common: on ASCII text, without empty matches (which HF counts in its own way).</summary>
    [Fact]
    public void Ascii_matches_are_those_of_the_runtimes_engine()
    {
        string[] atoms = ["a", "b", "[ab]", "[^a]", "\\d", "\\w", ".", "(?:ab|a)", "(?:a|ab)", "(?=a)", "(?!b)", "(?<=a)", "(?<!b)", "(?>a+)", "\\b"];
        string[] repeats = ["", "", "", "*", "+", "?", "{2}", "{1,3}", "*?", "+?", "??"];
        Gen<string> patterns = Gen.Select(Gen.Int[0, atoms.Length - 1], Gen.Int[0, repeats.Length - 1])
            .Select((atom, repeat) => atoms[atom] + (atoms[atom].StartsWith("(?=", StringComparison.Ordinal) || atoms[atom].StartsWith("(?!", StringComparison.Ordinal)
                || atoms[atom].StartsWith("(?<", StringComparison.Ordinal) || atoms[atom].StartsWith("(?>", StringComparison.Ordinal) || atoms[atom] == "\\b" ? "" : repeats[repeat])).List[1, 5].Select(string.Concat);
        Gen.Select(patterns, Gen.Int[0, 5].Select(i => "ab1 _\n"[i]).Array[1, 14].Select(characters => new string(characters))).Sample((pattern, text) =>
        {
            List<Match> expected = [.. Regex.Matches(text, pattern, RegexOptions.CultureInvariant).Cast<Match>()];
            if (expected.Any(match => match.Length == 0))
                return;
            Assert.Equal(expected.Select(match => (match.Index, match.Index + match.Length)), Matches(TextPattern.Parse(pattern), text, remembering: false));
        }, iter: 20_000);
    }

    [Theory]
    [InlineData("(a)\\1", "back-reference")]
    [InlineData("(?<n>a)\\k<n>", "\\k")]
    [InlineData("\\X", "\\X")]
    [InlineData("(?(1)a|b)", "")]
    [InlineData("(a", "")]
    [InlineData("a)", "")]
    [InlineData("[a", "")]
    [InlineData("*a", "")]
    [InlineData("a\\", "")]
    [InlineData("\\p{NoSuchClass}", "NoSuchClass")]
    [InlineData("a{2,1000000}", "")]
    [InlineData("[z-a]", "")]
    public void What_is_no_pattern_or_not_supported_is_refused(string pattern, string named)
    {
        PatternException error = Assert.Throws<PatternException>(() => TextPattern.Parse(pattern));
        Assert.Contains(named, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Patterns_beyond_bounds_are_refused()
    {
        Assert.Throws<PatternException>(() => TextPattern.Parse(new string('(', 10_000) + new string(')', 10_000)));
        Assert.Throws<PatternException>(() => TextPattern.Parse("((a{1000}){1000}){1000}"));
        Assert.Throws<PatternException>(() => TextPattern.Parse(new string('a', 1 << 20)));
    }

    /// <summary>Backtracking without memory would take longer than there is time: that these end is the test.</summary>
    [Theory]
    [InlineData("(?:a+)+b")]
    [InlineData("(?:a|a)*b")]
    [InlineData("(?:a*)*b")]
    [InlineData("a*a*a*a*b")]
    [InlineData("(?:(?:a?){20})*b")]
    [InlineData("(?=(?:a+)+b)a")]
    [InlineData("\\s+a|(?:aa?)+c")]
    [InlineData("(?:a|aa|aaa)+?b")]
    public void Hostile_patterns_go_through_a_long_text(string pattern)
    {
        byte[] text = Encoding.UTF8.GetBytes(new string('a', 200_000) + " ");
        Matcher matcher = TextPattern.Parse(pattern).Over(text);
        int count = 0;
        while (matcher.Next())
            count++;
        Assert.Equal(0, count);
    }

    [Fact]
    public void Any_string_parses_or_is_refused()
    {
        string alphabet = "ab(){}[]\\*+?|^$.,:=!<>-&pPdwsWSiux0129ſé漢";
        Gen.Int[0, alphabet.Length - 1].Select(i => alphabet[i]).Array[0, 24].Select(characters => new string(characters)).Sample(pattern =>
        {
            try
            {
                Matches(TextPattern.Parse(pattern), "ab ſ漢9", remembering: false);
            }
            catch (PatternException)
            {
            }
        }, iter: 50_000);
    }

    private static List<(int Start, int End)> Matches(TextPattern pattern, string text, bool remembering)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        int[] points = new int[utf8.Length + 1];
        // A place is as many code points in as there are last bytes before it.
        for (int i = 0, count = 0; i <= utf8.Length; i++)
        {
            points[i] = count;
            if (i < utf8.Length && (i + 1 == utf8.Length || (utf8[i + 1] & 0xC0) != 0x80))
                count++;
        }
        List<(int Start, int End)> matches = [];
        Matcher matcher = remembering ? pattern.OverRemembering(utf8) : pattern.Over(utf8);
        while (matcher.Next())
            matches.Add((points[matcher.Start], points[matcher.End]));
        return matches;
    }

    private static int[] PointAt(byte[] text, List<int> points)
    {
        int[] pointAt = new int[text.Length];
        Array.Fill(pointAt, -1);
        int at = 0;
        foreach (int point in points)
        {
            at++;
            pointAt[at] = point;
            at += new Rune(point).Utf8SequenceLength;
        }
        return pointAt;
    }

    private static int[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetInt32())];
}
