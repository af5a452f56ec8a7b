using System.Text;
using System.Text.Json.Nodes;
using Castalia.Text.PreTokenization;
using Castalia.Text.Regexes;
using CsCheck;

namespace Castalia.Text.Tests.PreTokenization;

/// <summary>What pre-tokenizers say of themselves, on which streaming rests, for every setting of every part.</summary>
public sealed class PreTokenizerCutTests
{
    private static readonly string[] Bits =
    [
        " ", " ", " ", "a", "b", "the", "The", "x", "é", "ж", "漢字", "あ", "ア", "𝒜", "1", "2024", "½", "٣", "-", "--", "!", "...", "，", "▁", "_", "'s", "'LL", "ſ",
        "\n", "\r\n", "\t", "\u00a0", "\u3000", "e\u0301", "\u200b", "ab-ab", "\u0000",
    ];

    private static readonly Gen<string> AnyText = Gen.Int[0, Bits.Length - 1].Select(i => Bits[i]).List[1, 14].Select(string.Concat);

    private static readonly string[] Definitions =
        [.. JsonNode.Parse(TokenizerFixtures.Bytes("golden", "pre_tokenizers.parts.json.zst"))!["definitions"]!.AsArray().Select(part => part!.ToJsonString())];

    [Fact]
    public void A_text_cut_between_a_letter_and_a_space_has_the_pieces_of_the_whole()
    {
        int streaming = 0;
        foreach (string definition in Definitions)
        {
            PreTokenizer preTokenizer = PreTokenizerFixtures.Read(definition);
            if (!preTokenizer.CutsBeforeSpaceAfterLetter && !preTokenizer.IsLocal)
                continue;
            streaming += preTokenizer.CutsBeforeSpaceAfterLetter && preTokenizer.IsLocal ? 1 : 0;
            AnyText.Sample(text =>
            {
                Rune[] runes = [.. text.EnumerateRunes()];
                List<(string Text, int Start, int End)> whole = PreTokenizerFixtures.Pieces(preTokenizer, text);
                for (int at = 1; at < runes.Length; at++)
                {
                    if (runes[at].Value != ' ' || !Rune.IsLetter(runes[at - 1]))
                        continue;
                    if (preTokenizer.CutsBeforeSpaceAfterLetter)
                        Assert.True(whole.All(piece => piece.End <= at || piece.Start >= at), $"{definition} does not cut \"{text}\" at {at}");
                    if (!preTokenizer.IsLocal)
                        continue;
                    IEnumerable<(string, int, int)> halves = PreTokenizerFixtures.Pieces(preTokenizer, string.Concat(runes[..at]))
                        .Concat(PreTokenizerFixtures.Pieces(preTokenizer, string.Concat(runes[at..])).Select(piece => (piece.Text, piece.Start + at, piece.End + at)));
                    // A part that need not cut there may leave a piece that reaches across. Only parts that leave the text as it is are like that.
                    IEnumerable<(string, int, int)> cut = whole.SelectMany(piece => piece.Start < at && piece.End > at && piece.Text.Length == piece.End - piece.Start
                        ? [(piece.Text[..(at - piece.Start)], piece.Start, at), (piece.Text[(at - piece.Start)..], at, piece.End)]
                        : new[] { piece });
                    if (preTokenizer.CutsBeforeSpaceAfterLetter || (preTokenizer is PieceCutter && text.Length == runes.Length))
                        Assert.Equal(PreTokenizerFixtures.Show(cut), PreTokenizerFixtures.Show(halves));
                }
            }, iter: 150);
        }
        Assert.True(streaming > 70, $"{streaming} of {Definitions.Length}");
    }

    [Theory]
    [InlineData("""{"type": "BertPreTokenizer"}""")]
    [InlineData("""{"type": "Whitespace"}""")]
    [InlineData("""{"type": "WhitespaceSplit"}""")]
    [InlineData("""{"type": "ByteLevel", "add_prefix_space": true}""")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁"}""")]
    [InlineData("""{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, {"type": "Metaspace", "replacement": "▁"}]}""")]
    [InlineData("""{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "UnicodeScripts"}, {"type": "FixedLength"}]}""")]
    public void Long_texts_can_be_encoded_in_stretches(string definition)
    {
        PreTokenizer preTokenizer = PreTokenizerFixtures.Read(definition);
        Assert.True(preTokenizer.CutsBeforeSpaceAfterLetter);
        Assert.True(preTokenizer.IsLocal);
    }

    /// <summary>The first looks at the start of the text, the second sees no spaces any more, the third may look at any distance.</summary>
    [Theory]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}""")]
    [InlineData("""{"type": "Sequence", "pretokenizers": [{"type": "Metaspace", "replacement": "▁", "split": false}, {"type": "WhitespaceSplit"}]}""")]
    [InlineData("""{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "a(?=.*b)"}, "behavior": "Removed"}, {"type": "WhitespaceSplit"}]}""")]
    [InlineData("""{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}]}""")]
    [InlineData("""{"type": "UnicodeScripts"}""")]
    public void Some_texts_have_to_be_encoded_whole(string definition)
    {
        PreTokenizer preTokenizer = PreTokenizerFixtures.Read(definition);
        Assert.False(preTokenizer.CutsBeforeSpaceAfterLetter && preTokenizer.IsLocal);
    }

    public static TheoryData<string> PatternsWithScanners =>
        [Gpt2Scanner.Pattern, Cl100kScanner.Pattern, Cl100kScanner.PatternWithSingleDigits, O200kScanner.Pattern];

    [Theory]
    [MemberData(nameof(PatternsWithScanners))]
    public void A_scanner_by_hand_finds_what_its_expression_matches(string pattern)
    {
        TextPattern expression = TextPattern.Parse(pattern);
        WordScanner scanner = KnownPattern.Find(pattern)!.Scanner!;
        AnyText.Sample(text =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            int start = 0;
            using Matcher matches = expression.Over(bytes);
            while (matches.Next())
            {
                Assert.Equal(start, matches.Start);
                Assert.Equal(scanner.NextEnd(bytes, start), matches.End);
                start = matches.End;
            }
            Assert.Equal(bytes.Length, start);
        }, iter: 3000);
    }

    /// <summary>The scanner stands for every behavior that comes to the same, and for no other.</summary>
    [Theory]
    [InlineData("Isolated", false, true)]
    [InlineData("Isolated", true, true)]
    [InlineData("Removed", false, false)]
    [InlineData("Removed", true, true)]
    [InlineData("MergedWithPrevious", false, true)]
    [InlineData("MergedWithPrevious", true, true)]
    [InlineData("MergedWithNext", false, true)]
    [InlineData("MergedWithNext", true, true)]
    [InlineData("Contiguous", false, false)]
    [InlineData("Contiguous", true, false)]
    public void Known_patterns_have_their_scanner_where_it_gives_the_same_pieces(string behavior, bool invert, bool scanned)
    {
        JsonObject definition = new()
        {
            ["type"] = "Split",
            ["pattern"] = new JsonObject { ["Regex"] = Gpt2Scanner.Pattern },
            ["behavior"] = behavior,
            ["invert"] = invert,
        };
        Assert.Equal(scanned, PreTokenizerFixtures.Read(definition.ToJsonString()).Scanner is not null);
        // As a string it is no expression, and found nowhere.
        definition["pattern"] = new JsonObject { ["String"] = Gpt2Scanner.Pattern };
        Assert.Null(PreTokenizerFixtures.Read(definition.ToJsonString()).Scanner);
    }
}
