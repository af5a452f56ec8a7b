using Castalia.Formats;
using Castalia.Text.Bpe;

namespace Castalia.Text.Importing;

/// <summary>
/// The vocabulary inside a GGUF, made into the tokenizer that it came from: byte-level BPE ("gpt2"), SentencePiece's BPE ("llama") and
/// Unigram ("t5"), WordPiece ("bert").
/// </summary>
internal static class GgufVocabulary
{
    private const string Prefix = "tokenizer.ggml.";
    private const string Supported = "gpt2, llama, t5, bert";

    /// <summary>Reads a file.</summary>
    public static Tokenizer Load(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        string model = file.Get(Prefix + "model").AsString();
        GgufTokens tokens = GgufTokens.Read(file);
        TokenizerPipeline pipeline = model switch
        {
            "gpt2" => ByteLevel(file, tokens),
            "llama" => SentencePieces(file, tokens, SentencePieceAlgorithm.Bpe),
            "t5" => SentencePieces(file, tokens, SentencePieceAlgorithm.Unigram),
            "bert" => WordPieces(file, tokens),
            _ => throw new InputException(path, $"key {Prefix}model", $"the vocabulary is of the kind \"{model}\", which is not supported.", $"Supported: {Supported}."),
        };
        return new Tokenizer(pipeline);
    }

    private static TokenizerPipeline ByteLevel(GgufFile file, GgufTokens tokens)
    {
        string key = Prefix + "pre", name = file.Find(key)?.AsString() ?? GgufPreTokenizer.Missing;
        GgufPreTokenizer pre = GgufPreTokenizer.Find(name) ?? throw new InputException(file.Path, $"key {key}",
            $"text is to be cut in the way called \"{name}\", which is not known.", NameSuggestion.Remedy(name, GgufPreTokenizer.Names));
        Dictionary<string, int> ids = tokens.Ids();
        BpeFlags flags = new() { ContinuingSubwordPrefix = "", EndOfWordSuffix = "", IgnoreMerges = pre.IgnoreMerges };
        BpeModel model = new(ids, ReadMerges(file, ids), flags);
        GgufMarks marks = GgufMarks.Read(file, tokens, addBegin: pre.AddsBegin, addEnd: false, begin: null, end: null);
        TokenizerPipeline pipeline = Assembly.Assemble(file.Path, model, tokens.Added(), pre.Parts);
        return marks.IsEmpty ? pipeline : pipeline with { PostProcessor = new PostProcessing.PostProcessorSequence([pipeline.PostProcessor!, marks.PostProcessor(file.Path)!]) };
    }

    private static (string Left, string Right)[] ReadMerges(GgufFile file, Dictionary<string, int> ids)
    {
        string key = Prefix + "merges";
        string[] lines = file.Get(key).AsStrings();
        (string, string)[] merges = new (string, string)[lines.Length];
        for (int i = 0; i < lines.Length; i++)
        {
            InputException Wrong(string problem) => new(file.Path, $"key {key}", $"merge {i}, \"{lines[i]}\", {problem}", GgufTokens.Remedy);

            int space = lines[i].Length > 1 ? lines[i].IndexOf(' ', 1) : -1;
            if (space < 0 || space == lines[i].Length - 1)
                throw Wrong("is not two tokens with a space between them.");
            (string left, string right) = (lines[i][..space], lines[i][(space + 1)..]);
            foreach (string token in (string[])[left, right, left + right])
            {
                if (!ids.ContainsKey(token))
                    throw Wrong($"needs the token \"{token}\", which is not there.");
            }
            merges[i] = (left, right);
        }
        return merges;
    }

    private static TokenizerPipeline SentencePieces(GgufFile file, GgufTokens tokens, SentencePieceAlgorithm algorithm)
    {
        bool isBpe = algorithm == SentencePieceAlgorithm.Bpe;
        byte[] map = file.Find(Prefix + "precompiled_charsmap")?.AsBytes() ?? [];
        SentencePieceModel model = new()
        {
            File = file.Path,
            Algorithm = algorithm,
            Pieces = tokens.Pieces(file),
            CharsMap = map.Length == 0 ? null : CharsMap.Read(map, file.Path, $"key {Prefix}precompiled_charsmap"),
            AddDummyPrefix = file.Find(Prefix + "add_space_prefix")?.AsBool() ?? isBpe,
            RemoveExtraWhitespaces = file.Find(Prefix + "remove_extra_whitespaces")?.AsBool() ?? false,
            ByteFallback = tokens.Has(SentencePieceKind.Byte),
        };
        TokenizerPipeline pipeline = SentencePieceTokenizer.Assemble(model);
        GgufMarks marks = GgufMarks.Read(file, tokens, addBegin: isBpe, addEnd: !isBpe, begin: isBpe ? 1 : null, end: isBpe ? 2 : 1);
        return pipeline with { PostProcessor = marks.PostProcessor(file.Path) };
    }

    /// <summary>
    /// GGUF writes the beginnings of words with U+2581 and what continues them bare; BERT's own files write the beginnings bare and mark what
    /// continues.
    /// </summary>
    private static TokenizerPipeline WordPieces(GgufFile file, GgufTokens tokens)
    {
        Dictionary<string, int> ids = [];
        foreach ((int id, string token) in tokens.Texts.Index())
        {
            bool isText = tokens.KindOf(id) is SentencePieceKind.Normal;
            string name = !isText ? token : token.StartsWith('\u2581') ? token[1..] : BertVocabulary.Continuing + token;
            if (name.Length == 0 || !ids.TryAdd(name, id))
                throw tokens.Wrong(id, name.Length == 0 ? "it has no text." : $"it is token {ids[name]} already.");
        }
        return BertVocabulary.Assemble(file.Path, ids);
    }
}
