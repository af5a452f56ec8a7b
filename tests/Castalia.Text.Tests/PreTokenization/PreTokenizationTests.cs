using System.Text;
using System.Text.Json;
using Castalia.Text.PreTokenization;
using Castalia.Text.TokenizerJson;
using Castalia.Text.Unicode;

namespace Castalia.Text.Tests.PreTokenization;

/// <summary>Words and character classes against HF's.</summary>
public sealed class PreTokenizationTests
{
    [Fact]
    public void Nasty_strings_are_cut_into_the_words_of_HF()
    {
        Dictionary<string, string> definitions = new()
        {
            ["ByteLevel"] = """{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}""",
            ["ByteLevel(noregex)"] = """{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}""",
            ["ByteLevel(prefix)"] = """{"type": "ByteLevel", "add_prefix_space": true}""",
            ["Digits"] = """{"type": "Digits", "individual_digits": false}""",
            ["Digits(individual)"] = """{"type": "Digits", "individual_digits": true}""",
        };
        Dictionary<string, PreTokenizer> preTokenizers = definitions.ToDictionary(
            definition => definition.Key, definition => PreTokenizerReader.Read(new JsonPart(JsonDocument.Parse(definition.Value).RootElement, definition.Key, "$")));
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "pre_tokenizers.jsonl.zst"))
        {
            count++;
            string name = golden.GetProperty("pre_tokenizer").GetString()!, id = golden.GetProperty("id").GetString()!;
            string expected = string.Join(' ', golden.GetProperty("out").EnumerateArray().Select(word => $"{word[0]}[{word[1][0]},{word[1][1]}]"));
            string found = string.Join(' ', Pieces(preTokenizers[name], TokenizerFixtures.NastyStrings[id]));
            if (found != expected)
                wrong.Add($"{name} {id}: {found} instead of {expected}");
        }
        Assert.Equal(TokenizerFixtures.NastyStrings.Count * preTokenizers.Count, count);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Classes_are_those_of_HF_for_every_code_point()
    {
        JsonElement golden = JsonDocument.Parse(TokenizerFixtures.Bytes("golden", "hf_regex_classes.json")).RootElement;
        foreach ((string name, byte kind) in new[] { ("L", CharacterClasses.Letter), ("N", CharacterClasses.Number), ("s", CharacterClasses.Space) })
        {
            bool[] expected = new bool[0x110000];
            foreach (JsonElement range in golden.GetProperty(name).EnumerateArray())
                expected.AsSpan(range[0].GetInt32(), range[1].GetInt32() - range[0].GetInt32() + 1).Fill(true);
            Assert.Equal(expected, CharacterClasses.Of.Select(classes => (classes & CharacterClasses.KindMask) == kind));
        }
    }

    /// <summary>The pieces of a text, each with its place in code points.</summary>
    private static IEnumerable<string> Pieces(PreTokenizer preTokenizer, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        PreTokenizedText pieces = new();
        pieces.Clear(tracked: true);
        pieces.Text.Append(utf8, 0);
        pieces.Add(new Piece(0, utf8.Length, null));
        preTokenizer.PreTokenize(pieces);
        foreach (Piece piece in pieces.Pieces)
        {
            (int start, int end) = pieces.Text.OriginOf(piece.Start, piece.End);
            yield return $"{Encoding.UTF8.GetString(pieces.Text.Bytes[piece.Start..piece.End])}[{CodePoints(start)},{CodePoints(end)}]";
        }

        int CodePoints(int bytes) => Encoding.UTF8.GetString(utf8, 0, bytes).EnumerateRunes().Count();
    }
}
