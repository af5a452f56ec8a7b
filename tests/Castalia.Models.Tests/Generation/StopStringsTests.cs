using CsCheck;

namespace Castalia.Models.Tests.Generation;

public sealed class StopStringsTests
{
    [Theory]
    [InlineData("one\n\ntwo", "one", "\n\n")]
    [InlineData("abcd", "a", "bc")] // bc is whole before abcd is
    [InlineData("xabc", "x", "abc")] // both end here: the longer one
    [InlineData("a\nb", "a\nb", null)]
    public void A_text_ends_before_the_first_stop_string(string text, string shown, string? found)
    {
        var stops = new StopStrings(found == "abc" ? ["bc", "abc"] : ["\n\n", "abcd", "bc"]);
        Assert.Equal(shown, stops.Append(text) + stops.Finish());
        Assert.Equal(found, stops.Found);
        Assert.Equal("", found is null ? "" : stops.Append("more"));
    }

    [Fact]
    public void What_may_become_a_stop_string_is_held_back()
    {
        var stops = new StopStrings(["User:", "<|end|>"]);
        Assert.Equal("Fine. ", stops.Append("Fine. Us"));
        Assert.Equal("Use <", stops.Append("e <<"));
        Assert.Equal("", stops.Append("|en"));
        Assert.Equal("<|en", stops.Append("U"));
        Assert.Equal("U", stops.Finish());
        Assert.Null(stops.Found);
    }

    /// <summary>Texts of few letters, so that stop strings overlap themselves and each other, in every way of cutting.</summary>
    [Fact]
    public void The_cutting_into_pieces_changes_nothing_and_no_part_is_ever_shown()
    {
        Gen<string> word = Gen.Char["ab"].Array[1, 5].Select(letters => new string(letters));
        Check.Sample(Gen.Select(word.Array[1, 3], Gen.Char["abc"].Array[0, 30], Gen.Int[1, 6].Array[30]), (stops, letters, sizes) =>
        {
            string text = new(letters);
            (string expected, string? found) = Plainly(text, stops);
            var streamed = new StopStrings(stops);
            string shown = "";
            for (int at = 0, i = 0; at < text.Length; at += sizes[i++])
            {
                shown += streamed.Append(text.Substring(at, Math.Min(sizes[i], text.Length - at)));
                Assert.StartsWith(shown, expected, StringComparison.Ordinal);
            }
            shown += streamed.Found is null ? streamed.Finish() : "";
            Assert.Equal((expected, found), (shown, streamed.Found));
        }, iter: 5000);
    }

    private static (string Shown, string? Found) Plainly(string text, string[] stops)
    {
        for (int end = 1; end <= text.Length; end++)
        {
            if (stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).MaxBy(stop => stop.Length) is { } found)
                return (text[..(end - found.Length)], found);
        }
        return (text, null);
    }
}
