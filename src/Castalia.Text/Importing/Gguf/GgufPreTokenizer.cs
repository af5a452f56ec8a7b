using Castalia.Text.PreTokenization;

namespace Castalia.Text.Importing;

/// <summary>
/// How a GGUF with a byte-level vocabulary wants text cut: it only names the way (<c>tokenizer.ggml.pre</c>), and the names are llama.cpp's. What
/// they mean is what the models' own tokenizer.json files say.
/// </summary>
/// <param name="Parts">The parts that it stands for, as tokenizer.json writes them.</param>
/// <param name="IgnoreMerges">Whether a word that is a token is that token, whatever the merges say.</param>
/// <param name="AddsBegin">Whether the token of the beginning is put in where the file does not say so.</param>
internal sealed record GgufPreTokenizer(string Parts, bool IgnoreMerges = false, bool AddsBegin = false)
{
    /// <summary>The way that is meant where a file names none.</summary>
    public const string Missing = "default";

    private const string Punctuation = @"[\p{P}\$\+<=>\^~\|]+", ThreeDigits = "[0-9][0-9][0-9]";
    private const string Ideographs = "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+";

    private const string SingleDigitsParts = """
        {
          "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Digits", "individual_digits": true}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]},
          "post_processor": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true},
          "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}
        }
        """;

    private const string DeepSeek3 = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Tekken =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
        + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Bloom = @" ?[^(\s|.,!?…。，、।۔،)]+";

    private static readonly Dictionary<string, GgufPreTokenizer> Known = Build();

    /// <summary>The names that are known.</summary>
    public static IEnumerable<string> Names => Known.Keys;

    /// <summary>The way of a name; null for an unknown one.</summary>
    public static GgufPreTokenizer? Find(string name) => Known.GetValueOrDefault(name);

    private static Dictionary<string, GgufPreTokenizer> Build()
    {
        Dictionary<string, GgufPreTokenizer> known = [];
        void Add(GgufPreTokenizer pre, params string[] names)
        {
            foreach (string name in names)
                known.Add(name, pre);
        }

        Add(new(Assembly.Gpt2Parts), "gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "gigachat", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de",
            "jina-v2-code", "jina-v1-en", "roberta-bpe", "a.x-4.0", "mellum", "modern-bert");
        Add(new(Assembly.ByteLevelParts(Cl100kScanner.Pattern), IgnoreMerges: true, AddsBegin: true),
            "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2");
        Add(new(Assembly.ByteLevelParts(Cl100kScanner.Pattern)), "dbrx", "smaug-bpe", "chatglm-bpe");
        Add(new(Assembly.ByteLevelParts(Cl100kScanner.PatternWithSingleDigits)), "qwen2", "stablelm2", "deepseek-r1-qwen", "megrez", "hunyuan", "grok-2");
        Add(new(Assembly.ByteLevelParts(O200kScanner.Pattern)), "gpt-4o", "llama4");
        Add(new(SingleDigitsParts), "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b");
        Add(new(Assembly.ByteLevelParts(Punctuation, Gpt2Scanner.Pattern, @"\p{N}+", ThreeDigits)), Missing);
        Add(new(Assembly.ByteLevelParts(@"[\p{P}\$\+<=>\^~\|`]+", Gpt2Scanner.Pattern, ThreeDigits)), "falcon");
        Add(new(Assembly.ByteLevelParts(@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+", @"\p{N}")), "deepseek-coder");
        Add(new(Assembly.ByteLevelParts(@"\p{N}{1,3}", Ideographs, DeepSeek3)), "deepseek-v3", "hunyuan-dense");
        Add(new(Assembly.ByteLevelParts(Tekken), IgnoreMerges: true, AddsBegin: true), "tekken");
        Add(new(Assembly.ByteLevelParts(Bloom)), "bloom", "poro-chat", "gpt3-finnish");
        Add(new(Assembly.ByteLevelParts(Bloom, @"\p{N}")), "viking");
        return known;
    }
}
