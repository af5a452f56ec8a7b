using System.Text.Json;
using System.Text.RegularExpressions;
using Castalia.Formats;
using Microsoft.ML.Tokenizers;
using SharpToken;
using Ours = Castalia.Text.Tokenizer;

namespace Castalia.Bench.Tokenizers;

/// <summary>One library with one vocabulary. Safe for many threads at a time.</summary>
internal abstract class TokenizerSide
{
    /// <summary>What tables call it.</summary>
    public abstract string Name { get; }

    /// <summary>Encodes one text to ids; returns how many.</summary>
    /// <param name="corpus">Where it is from.</param>
    /// <param name="index">Which it is.</param>
    /// <param name="buffer">Space of the calling thread's for libraries that write into the caller's.</param>
    public abstract int Encode(BenchCorpus corpus, int index, List<int> buffer);

    /// <summary>The ids of one text.</summary>
    public abstract IReadOnlyList<int> Ids(BenchCorpus corpus, int index);
}

/// <summary>Castalia's, from UTF-8 or from UTF-16.</summary>
internal sealed class OurTokenizerSide(Ours tokenizer, bool utf16) : TokenizerSide
{
    public override string Name => utf16 ? "Castalia, UTF-16" : "Castalia";

    public override int Encode(BenchCorpus corpus, int index, List<int> buffer)
    {
        buffer.Clear();
        return utf16 ? tokenizer.Encode(corpus.Texts[index].AsSpan(), buffer) : tokenizer.Encode(corpus.Utf8[index], buffer);
    }

    public override IReadOnlyList<int> Ids(BenchCorpus corpus, int index) => tokenizer.Encode(corpus.Texts[index]);
}

/// <summary>SharpToken.</summary>
internal sealed class SharpTokenSide(GptEncoding encoding) : TokenizerSide
{
    public override string Name => "SharpToken";

    public override int Encode(BenchCorpus corpus, int index, List<int> buffer) => encoding.Encode(corpus.Texts[index]).Count;

    public override IReadOnlyList<int> Ids(BenchCorpus corpus, int index) => encoding.Encode(corpus.Texts[index]);
}

/// <summary>Microsoft.ML.Tokenizers.</summary>
internal sealed class MicrosoftSide(Microsoft.ML.Tokenizers.Tokenizer tokenizer) : TokenizerSide
{
    public override string Name => "Microsoft.ML.Tokenizers";

    public override int Encode(BenchCorpus corpus, int index, List<int> buffer) => tokenizer.EncodeToIds(corpus.Texts[index]).Count;

    public override IReadOnlyList<int> Ids(BenchCorpus corpus, int index) => tokenizer.EncodeToIds(corpus.Texts[index]);
}

/// <summary>The vocabularies that are measured, and who has them.</summary>
internal static class Vocabularies
{
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Their names.</summary>
    public static string[] Names { get; } = ["gpt2", "gpt-neox-20b", "cl100k"];

    /// <summary>New tokenizers of one vocabulary, nothing cached: ours from UTF-8, ours from UTF-16, then the peers.</summary>
    public static TokenizerSide[] Sides(string name)
    {
        Ours ours = Ours(name);
        TokenizerSide[] castalia = [new OurTokenizerSide(ours, utf16: false), new OurTokenizerSide(ours, utf16: true)];
        return name switch
        {
            "gpt2" => [.. castalia, Microsoft("r50k_base"), new SharpTokenSide(GptEncoding.GetEncoding("r50k_base"))],
            "cl100k" => [.. castalia, Microsoft("cl100k_base"), new SharpTokenSide(GptEncoding.GetEncoding("cl100k_base"))],
            "gpt-neox-20b" => [.. castalia, new MicrosoftSide(NeoX(Read(name)))],
            _ => throw new InputException(name, "", "no vocabulary of this name is measured", $"Choose among {string.Join(", ", Names)}."),
        };
    }

    /// <summary>Our tokenizer of a vocabulary. dolma2 is cl100k with other special tokens.</summary>
    public static Ours Ours(string name) => Text.Tokenizer.Parse(Read(name == "cl100k" ? "dolma2" : name), name);

    private static MicrosoftSide Microsoft(string encoding) => new(TiktokenTokenizer.CreateForEncoding(encoding));

    /// <summary>The 20B tokenizer, put together as a user of Microsoft's library has to.</summary>
    private static BpeTokenizer NeoX(byte[] json)
    {
        JsonElement root = JsonDocument.Parse(json).RootElement, model = root.GetProperty("model");
        Dictionary<string, int> added = root.GetProperty("added_tokens").EnumerateArray()
            .ToDictionary(token => token.GetProperty("content").GetString()!, token => token.GetProperty("id").GetInt32());
        Dictionary<string, int> vocabulary = model.GetProperty("vocab").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32());
        foreach ((string content, int id) in added)
            vocabulary.TryAdd(content, id);
        return BpeTokenizer.Create(new BpeOptions(vocabulary)
        {
            Merges = model.GetProperty("merges").EnumerateArray().Select(Merge),
            ByteLevel = true,
            Normalizer = new Nfc(),
            SpecialTokens = added,
            PreTokenizer = new RegexPreTokenizer(new Regex(Gpt2Pattern, RegexOptions.Compiled), added),
        });
    }

    private static string Merge(JsonElement merge) =>
        merge.ValueKind == JsonValueKind.String ? merge.GetString()! : $"{merge[0].GetString()} {merge[1].GetString()}";

    private static byte[] Read(string name)
    {
        string path = Path.Combine(BenchCorpus.RepositoryRoot, "tests", "fixtures", "tokenizers", name + ".tokenizer.json.zst");
        using Stream stream = CompressedStream.OpenRead(path);
        using MemoryStream contents = new();
        stream.CopyTo(contents);
        return contents.ToArray();
    }

    private sealed class Nfc : Microsoft.ML.Tokenizers.Normalizer
    {
        public override string Normalize(string original) => original.IsNormalized() ? original : original.Normalize();

        public override string Normalize(ReadOnlySpan<char> original) => Normalize(original.ToString());
    }
}
