using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Castalia.Text.PreTokenization;
using CsCheck;

namespace Castalia.Text.Tests.PreTokenization;

/// <summary>Scanners that see many words at once against the same scanners word by word, and both against the patterns themselves.</summary>
public sealed class WordScannerTests
{
    private static readonly string[] Pieces =
    [
        " ", " ", "  ", "\n", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2028", "'", "'", "s", "t", "'l", "'r", "'ll", "'Re", "'\u017f", "'vE", "a", "the", "Word", "é",
        "naïve", "ж", "Слово", "漢字", "あ", "е\u0301", "\u0e01\u0e34", "1", "2", "34", "2024", "½", "٣", "९", "!", ".", "...", "(", "—", "“", "…", "€", "/", "=",
        "BIG", "Aª", "ʰ", "\u01c5", "\u0301", "\u0301", "//", "a_rather_long_identifier", "antidisestablishmentarianism",
    ];

    private static readonly string[] Surroundings = ["s", "l", "e", "/", "\u0301", "\n\n\n", "'ll", "1é", "!", string.Concat(Enumerable.Repeat(" \u00a0\n'sé1/", 12))];

    private static readonly Gen<string> AnyText = Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).List[0, 120].Select(string.Concat);

    private static readonly Dictionary<string, (WordScanner Scanner, string Pattern)> Scanners = new()
    {
        ["GPT-2"] = (new Gpt2Scanner(), Gpt2Scanner.Pattern),
        ["cl100k"] = (new Cl100kScanner(3), Cl100kScanner.Pattern),
        ["o200k"] = (new O200kScanner(), O200kScanner.Pattern),
        ["Qwen"] = (new Cl100kScanner(1), Cl100kScanner.PatternWithSingleDigits),
    };

    public static TheoryData<string> Names => [.. Scanners.Keys];

    [Fact]
    public void Words_of_random_strings_are_those_of_HF()
    {
        List<string> wrong = [];
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "words.jsonl.zst"))
        {
            byte[] text = Encoding.UTF8.GetBytes(golden.GetProperty("text").GetString()!);
            foreach ((string name, (WordScanner scanner, _)) in Scanners)
            {
                // HF's lengths are in code points.
                List<int> expected = [], found = AtOnce(scanner, text, 1000);
                int at = 0;
                foreach (JsonElement length in golden.GetProperty(name).EnumerateArray())
                {
                    for (int i = 0; i < length.GetInt32(); i++)
                        at += Rune.DecodeFromUtf8(text.AsSpan(at), out _, out int size) == System.Buffers.OperationStatus.Done ? size : throw new FormatException();
                    expected.Add(at);
                }
                if (!found.SequenceEqual(expected) || !OneByOne(scanner, text).SequenceEqual(expected))
                    wrong.Add($"{name}: {golden.GetProperty("text")}");
            }
        }
        Assert.Empty(wrong);
    }

    /// <summary>The runtime's classes are HF's for these characters, none of which lies beyond the basic plane.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Words_are_those_of_the_pattern(string name)
    {
        (WordScanner scanner, string pattern) = Scanners[name];
        Regex regex = new(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant);
        AnyText.Sample(text =>
        {
            // The runtime does not fold the long s to s.
            if (text.Contains('\u017f'))
                return;
            Assert.Equal(regex.Matches(text).Select(match => match.Value), Words(text, OneByOne(scanner, Encoding.UTF8.GetBytes(text))));
        }, iter: 3000);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Many_words_at_once_are_the_words_one_by_one(string name)
    {
        WordScanner scanner = Scanners[name].Scanner;
        Gen.Select(AnyText, Gen.Int[1, 40]).Sample((text, room) =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            Assert.Equal(OneByOne(scanner, bytes), AtOnce(scanner, bytes, room));
        }, iter: 20_000);
    }

    /// <summary>Each boundary falls on each place of a window once.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Many_words_at_once_are_the_words_one_by_one_wherever_a_window_ends(string name)
    {
        WordScanner scanner = Scanners[name].Scanner;
        foreach (string text in TokenizerFixtures.NastyStrings.Values)
        {
            for (int before = 0; before < 70; before++)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(new string('x', before) + text[..Math.Min(text.Length, 400)].TrimEnd('\ud83c', '\ud83d'));
                Assert.Equal(OneByOne(scanner, bytes), AtOnce(scanner, bytes, 1000));
            }
        }
    }

    private static List<int> OneByOne(WordScanner scanner, byte[] text)
    {
        List<int> ends = [];
        for (int start = 0; start < text.Length;)
            ends.Add(start = scanner.NextEnd(text, start));
        return ends;
    }

    /// <summary>The same from the middle of other text, which makes no difference.</summary>
    private static List<int> AtOnce(WordScanner scanner, byte[] text, int room)
    {
        List<int> alone = AtOnce(scanner, text, 0, text.Length, room);
        foreach (string around in Surroundings)
        {
            byte[] other = Encoding.UTF8.GetBytes(around);
            Assert.Equal(alone, AtOnce(scanner, [.. other, .. text, .. other], other.Length, other.Length + text.Length, room).Select(end => end - other.Length));
        }
        return alone;
    }

    private static List<int> AtOnce(WordScanner scanner, byte[] text, int start, int end, int room)
    {
        List<int> ends = [];
        int[] found = new int[room];
        while (start < end)
        {
            int count = scanner.FindEnds(text, start, end, found);
            ends.AddRange(found[..count]);
            start = ends[^1];
        }
        return ends;
    }

    private static IEnumerable<string> Words(string text, List<int> ends)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int start = 0;
        foreach (int end in ends)
        {
            yield return Encoding.UTF8.GetString(bytes.AsSpan(start..end));
            start = end;
        }
    }
}
