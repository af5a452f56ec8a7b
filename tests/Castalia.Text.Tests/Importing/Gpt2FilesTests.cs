using System.Text;
using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Text.Tests.Importing;

/// <summary>GPT-2's vocab.json and merges.txt become its tokenizer.json, and are refused where they cannot be right.</summary>
public sealed class Gpt2FilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("vocab.json", "merges.txt", "#version: 0.2\n")]
    [InlineData("encoder.json", "vocab.bpe", "")]
    public void Both_files_make_the_tokenizer_of_transformers(string vocabulary, string merges, string firstLine)
    {
        JsonElement model = JsonDocument.Parse(TokenizerFixtures.Bytes("gpt2.tokenizer.json.zst")).RootElement.GetProperty("model");
        Write(vocabulary, model.GetProperty("vocab").GetRawText());
        Write(merges, firstLine + string.Concat(model.GetProperty("merges").EnumerateArray().Select(merge => merge.ValueKind == JsonValueKind.String
            ? merge.GetString() + "\n"
            : $"{merge[0].GetString()} {merge[1].GetString()}\n")));
        byte[] expected = TokenizerFixtures.Load("gpt2").ToJson();
        foreach (string path in (string[])[_folder[vocabulary], _folder[merges], _folder.Path])
            Assert.Equal(expected, Tokenizer.Load(path).ToJson());
    }

    [Fact]
    public void A_vocabulary_without_the_end_of_text_gets_none()
    {
        Tokenizer tokenizer = Load("""{"a":0,"b":1,"ab":2}""", "#version: 0.2\r\na b\r\n\r\n");
        Assert.Empty(tokenizer.AddedTokens);
        Assert.Equal([2, 0], tokenizer.Encode("aba"));
    }

    [Fact]
    public void Merges_that_cannot_be_are_refused()
    {
        const string Vocabulary = """{"a":0,"b":1,"ab":2,"#version":3}""";
        foreach (string line in (string[])["a", "a ", " b", "a b a", "a  b", " ", "a\tb"])
            Assert.Equal("line 2", Refused(Vocabulary, $"#version: 0.2\n{line}", "merges.txt", "one space between them").Place);
        Refused(Vocabulary, "a c", "merges.txt", "needs the token \"c\"");
        Refused(Vocabulary, "b a", "merges.txt", "needs the token \"ba\"");
        Assert.Equal("line 3", Refused(Vocabulary, "a b\n\na b", "merges.txt", "stands twice").Place);
        Write("vocab.json", Vocabulary);
        File.WriteAllBytes(_folder["merges.txt"], [0xC3, 0x28]);
        Assert.Contains("expected UTF-8", Assert.Throws<InputException>(() => Tokenizer.Load(_folder["merges.txt"])).Problem);
        File.Delete(_folder["merges.txt"]);
        InputException missing = Assert.Throws<InputException>(() => Tokenizer.Load(_folder["vocab.json"]));
        Assert.Equal(_folder["merges.txt"], missing.File);
        Assert.Contains("missing beside vocab.json", missing.Problem);
        Assert.Contains("no such file", Assert.Throws<InputException>(() => Tokenizer.Load(_folder["none", "vocab.json"])).Problem);
    }

    [Fact]
    public void Vocabularies_that_cannot_be_are_refused()
    {
        Refused("[]", "", "vocab.json", "expected an object");
        Refused("""{"a":0,"a":1}""", "", "vocab.json", "stands twice");
        Refused("""{"a":0,"b":0}""", "", "vocab.json", "both have id 0");
        Refused("""{"a":-1}""", "", "vocab.json", "expected a token id");
        Refused("""{"a":99999999}""", "", "vocab.json", "ids go up to");
        const string Sound = """{"a":0,"b":1,"ab":2}""";
        for (int length = 0; length < Sound.Length; length++)
            Refused(Sound[..length], "a b", "vocab.json", "cut short");
    }

    private InputException Refused(string vocabulary, string merges, string file, string problem)
    {
        InputException error = Assert.Throws<InputException>(() => Load(vocabulary, merges));
        Assert.Equal(_folder[file], error.File);
        Assert.Contains(problem, error.Problem);
        return error;
    }

    private Tokenizer Load(string vocabulary, string merges)
    {
        Write("vocab.json", vocabulary);
        Write("merges.txt", merges);
        return Tokenizer.Load(_folder.Path);
    }

    private void Write(string name, string text)
    {
        File.Delete(_folder[name]);
        File.WriteAllText(_folder[name], text, new UTF8Encoding(false));
    }
}
