using System.Globalization;
using System.Text;
using Castalia.Text.Unicode;
using CsCheck;

namespace Castalia.Text.Tests;

/// <summary>Grapheme clusters against the runtime's, for code points that both have, and where both go by the same rules.</summary>
public sealed class GraphemeClustersTests
{
    private static readonly string[] Pieces =
    [
        "a", "\r", "\n", "\t", "é", "\u0301", "\u0323", "\u200d", "\u200c", "\u0600", "\u0d4e", "\u0903", "\u0e33", "한", "하", "\u1100", "\u1161", "\u11a8", "👩", "👍", "🏽",
        "©", "❤", "\ufe0f", "🇫", "🇷", "\u00ad", "\U000E0001", "\U000E0061", "漢", "\ufffd",
    ];

    [Fact]
    public void Clusters_are_those_of_the_runtime() =>
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).List[1, 12].Select(string.Concat).Sample(
            text => Clusters(text).SequenceEqual(StringInfo.ParseCombiningCharacters(text).Append(text.Length)
                .Zip(StringInfo.ParseCombiningCharacters(text).Append(text.Length).Skip(1), (start, end) => text[start..end])), iter: 20_000);

    [Theory]
    [InlineData("\u0915\u094d\u0937", 1)]
    [InlineData("\u0915\u094d\u200d\u0937", 1)]
    [InlineData("\u0915\u0301\u094d\u0301\u0937\u094d\u0924", 1)]
    [InlineData("\u0915\u0301\u0937", 2)]
    [InlineData("a\u094d\u0937", 2)]
    [InlineData("\u0915\u094da\u0937", 3)]
    [InlineData("\u1780\u17d2\u1780", 1)]
    public void Consonants_with_a_linker_between_them_are_one_cluster(string text, int count) => Assert.Equal(count, Clusters(text).Count);

    private static List<string> Clusters(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        List<string> clusters = [];
        for (int at = 0; at < utf8.Length;)
        {
            int end = GraphemeClusters.End(utf8, at);
            clusters.Add(Encoding.UTF8.GetString(utf8, at, end - at));
            at = end;
        }
        return clusters;
    }
}
