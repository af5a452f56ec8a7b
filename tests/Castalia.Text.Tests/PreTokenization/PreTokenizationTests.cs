using System.Text;
using System.Text.Json;
using Castalia.Text.PreTokenization;
using Castalia.Text.Unicode;

namespace Castalia.Text.Tests.PreTokenization;

/// <summary>Words and character classes against HF's.</summary>
public sealed class PreTokenizationTests
{
    [Fact]
    public void Nasty_strings_are_cut_into_the_words_of_HF()
    {
        Dictionary<string, PreTokenizer> preTokenizers = new()
        {
            ["ByteLevel"] = new([], AddPrefixSpace: false, UseRegex: true),
            ["ByteLevel(noregex)"] = new([], AddPrefixSpace: false, UseRegex: false),
            ["ByteLevel(prefix)"] = new([], AddPrefixSpace: true, UseRegex: true),
            ["Digits"] = new([new DigitsScanner(individual: false)], AddPrefixSpace: false, UseRegex: false),
            ["Digits(individual)"] = new([new DigitsScanner(individual: true)], AddPrefixSpace: false, UseRegex: false),
        };
        int count = 0;
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "pre_tokenizers.jsonl.zst"))
        {
            count++;
            string name = golden.GetProperty("pre_tokenizer").GetString()!;
            byte[] text = Encoding.UTF8.GetBytes(TokenizerFixtures.NastyStrings[golden.GetProperty("id").GetString()!]);
            PreTokenizer preTokenizer = preTokenizers[name];
            if (preTokenizer.AddPrefixSpace && text.Length > 0 && text[0] != ' ')
                text = [(byte)' ', .. text];
            string[] expected = [.. golden.GetProperty("out").EnumerateArray().Select(word => word[0].GetString()!)];
            Assert.Equal(expected, Words(preTokenizer, text, byteLevel: name.StartsWith("ByteLevel", StringComparison.Ordinal)));
        }
        Assert.Equal(TokenizerFixtures.NastyStrings.Count * preTokenizers.Count, count);
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

    private static List<string> Words(PreTokenizer preTokenizer, byte[] text, bool byteLevel)
    {
        List<string> words = [];
        WordCursor cursor = preTokenizer.Words(text);
        while (cursor.Next())
        {
            ReadOnlySpan<byte> word = text.AsSpan(cursor.Start..cursor.End);
            words.Add(byteLevel ? ByteAlphabet.Write(word) : Encoding.UTF8.GetString(word));
        }
        return words;
    }
}
