using System.Text.Json;
using Castalia.Formats;
using Castalia.Text.Bpe;
using Castalia.Text.Importing;
using Castalia.Text.Models;
using Castalia.Text.PreTokenization;

namespace Castalia.Text.Exporting;

/// <summary>
/// SentencePiece's tokenizers, and HF's that are made of them, as a GGUF file has them: tokens with scores. Of a tokenizer.json with BPE, which has
/// merges of pairs in order of rank, the score of a token is the rank of the merges that make it, negated.
/// </summary>
internal static class GgufSentencePiece
{
    private const string Remedy = "Convert without the tokenizer's files in the folder; the file then runs on token ids.";
    private const string Space = "\u2581";

    /// <summary>Writes the tokenizer down, but for the keys that all kinds have.</summary>
    public static GgufTokenizer Of(Tokenizer tokenizer, GgufTokenizerOptions options)
    {
        TokenizerPipeline pipeline = tokenizer.Pipeline;
        return pipeline switch
        {
            { Normalizer: SentencePieceNormalizer { Model: var model } } => OfModel(tokenizer, model, options),
            { Model: BpeModel { Flags: { ByteFallback: true, MarksPlaces: false, IgnoreMerges: false } } bpe } => OfMerges(tokenizer, bpe, options),
            { Model: UnigramModel unigram } => OfUnigram(tokenizer, unigram, options),
            _ => throw Wrong(options, $"llama.cpp has no tokenizer of this kind ({tokenizer.Describe(0).Model}); it has byte-level BPE and SentencePiece's BPE and Unigram"),
        };
    }

    private static GgufTokenizer OfModel(Tokenizer tokenizer, SentencePieceModel model, GgufTokenizerOptions options)
    {
        bool isBpe = model.Algorithm == SentencePieceAlgorithm.Bpe;
        if (isBpe && (model.CharsMap is not null || model.RemoveExtraWhitespaces))
            throw Wrong(options, "llama.cpp's SentencePiece BPE neither rewrites characters nor removes spaces, and this tokenizer does");
        if (!model.EscapeWhitespaces || model.WhitespaceAsSuffix)
            throw Wrong(options, "llama.cpp writes spaces as U+2581 and puts one in front, and this tokenizer does otherwise");
        if (model.Pieces.Any(piece => piece.Kind is SentencePieceKind.UserDefined or SentencePieceKind.Unused))
            throw Wrong(options, "it has pieces that are user-defined or not to be used, which llama.cpp treats otherwise");
        float[] scores = [.. Enumerable.Range(0, options.Rows).Select(id => id < model.Pieces.Count ? model.Pieces[id].Score : 0)];
        (string[] texts, int[] kinds) = GgufTokenizer.Tokens(tokenizer, options.Rows);
        foreach ((int id, SentencePiece piece) in model.Pieces.Index())
            kinds[id] = (int)piece.Kind;
        return Keys(isBpe ? "llama" : "t5", texts, kinds, scores, model.AddDummyPrefix,
            model.UnknownId, isBpe ? [] : CharsMapKeys(model.CharsMap?.Contents, model.RemoveExtraWhitespaces), isBpe ? null : UnigramRemark(model.ByteFallback));
    }

    private static GgufTokenizer OfMerges(Tokenizer tokenizer, BpeModel model, GgufTokenizerOptions options)
    {
        bool prefix = AddsPrefix(tokenizer.Pipeline) ?? throw Wrong(options,
            "its normalizer and pre-tokenizer are not those of SentencePiece's BPE (spaces as U+2581, at most one in front, no cutting), which are all that llama.cpp has beside byte-level ones");
        (string[] texts, int[] kinds) = Texts(tokenizer, options.Rows, model.UnknownId);
        return Keys("llama", texts, kinds, ScoresOf(tokenizer, model, options), prefix, model.UnknownId, [], null);
    }

    private static GgufTokenizer OfUnigram(Tokenizer tokenizer, UnigramModel model, GgufTokenizerOptions options)
    {
        TokenizerPipeline pipeline = tokenizer.Pipeline;
        JsonElement? normalizer = pipeline.Normalizer is null ? null : GgufTokenizer.Json(pipeline.Normalizer.Write);
        bool isPrecompiled = normalizer?.GetProperty("type").GetString() == "Precompiled";
        if ((normalizer is not null && !isPrecompiled) || Metaspace(pipeline.PreTokenizer, mayCut: true) is not bool prefix)
            throw Wrong(options, "its normalizer and pre-tokenizer are not those of SentencePiece's Unigram (a precompiled map, Metaspace), which are all that llama.cpp has");
        byte[]? map = isPrecompiled ? normalizer!.Value.GetProperty("precompiled_charsmap").GetBytesFromBase64() : null;
        (string[] texts, int[] kinds) = Texts(tokenizer, options.Rows, model.UnknownId ?? -1);
        float[] scores = [.. Enumerable.Range(0, options.Rows).Select(id => id < model.TokenCount ? (float)model.Scores[id] : 0)];
        return Keys("t5", texts, kinds, scores, prefix, model.UnknownId ?? -1, CharsMapKeys(map, removesSpaces: false), UnigramRemark(model.ByteFallback));
    }

    private static GgufTokenizer Keys(
        string model, string[] texts, int[] kinds, float[] scores, bool prefix, int unknown, IEnumerable<GgufEntry> more, string? remark) => new(
        [
            GgufEntry.Of(GgufTokenizer.Key("model"), model),
            GgufEntry.Of(GgufTokenizer.Key("pre"), GgufPreTokenizer.Missing),
            GgufEntry.OfArray(GgufTokenizer.Key("tokens"), texts),
            GgufEntry.OfArray<float>(GgufTokenizer.Key("scores"), scores),
            GgufEntry.OfArray<int>(GgufTokenizer.Key("token_type"), kinds),
            GgufEntry.Of(GgufTokenizer.Key("add_space_prefix"), prefix),
            .. more,
        ], remark is null ? [] : [remark])
        {
            UnknownId = unknown < 0 ? null : unknown,
        };

    private static IEnumerable<GgufEntry> CharsMapKeys(byte[]? map, bool removesSpaces)
    {
        yield return GgufEntry.Of(GgufTokenizer.Key("remove_extra_whitespaces"), removesSpaces);
        if (map is not null)
            yield return GgufEntry.OfArray<byte>(GgufTokenizer.Key("precompiled_charsmap"), map);
    }

    private static string UnigramRemark(bool fallsBack) => "Of cuts that are equally good llama.cpp may take another one." + (fallsBack
        ? " Characters that no token has become the tokens of their bytes, in llama.cpp's Unigram the unknown token."
        : "");

    /// <summary>The tokens with what each is, the unknown one and those of bytes as well. What is looked for in text has its spaces as spaces.</summary>
    private static (string[] Texts, int[] Kinds) Texts(Tokenizer tokenizer, int rows, int unknown)
    {
        (string[] texts, int[] kinds) = GgufTokenizer.Tokens(tokenizer, rows);
        for (int id = 0; id < texts.Length; id++)
        {
            if (kinds[id] == (int)SentencePieceKind.Normal && new SentencePiece(texts[id], 0, SentencePieceKind.Byte).Byte >= 0)
                kinds[id] = (int)SentencePieceKind.Byte;
            else if (kinds[id] == (int)SentencePieceKind.UserDefined)
                texts[id] = texts[id].Replace(Space, " ", StringComparison.Ordinal);
        }
        if (unknown >= 0)
            kinds[unknown] = (int)SentencePieceKind.Unknown;
        return (texts, kinds);
    }

    /// <summary>
    /// Scores by which joining the pair that makes the token of the highest score is merging the pair of the lowest rank: there are such
    /// where the merges that make a token are all the ways to make it, one after the other.
    /// </summary>
    private static float[] ScoresOf(Tokenizer tokenizer, BpeModel model, GgufTokenizerOptions options)
    {
        float[] scores = new float[options.Rows];
        HashSet<string> made = new(StringComparer.Ordinal), merges = new(StringComparer.Ordinal);
        string? last = null;
        foreach ((int rank, (string left, string right)) in model.Merges.Index())
        {
            string token = left + right;
            merges.Add($"{left} {right}");
            if (token == last)
                continue;
            if (!made.Add(token))
                throw Wrong(options, $"the merges that make \"{token}\" do not stand together; llama.cpp joins by what is made, so ids would differ from the model's");
            (last, scores[model.Vocabulary[token]]) = (token, -rank - 1);
        }
        HashSet<string> added = [.. tokenizer.AddedTokens.Select(token => token.Content)];
        foreach (string token in model.Vocabulary.Keys.Where(IsText))
        {
            for (int cut = 1; cut < token.Length; cut++)
            {
                (string left, string right) = (token[..cut], token[cut..]);
                if (!merges.Contains($"{left} {right}") && model.Vocabulary.ContainsKey(left) && model.Vocabulary.ContainsKey(right) && IsText(left) && IsText(right))
                    throw Wrong(options, $"\"{left}\" and \"{right}\" do not merge though \"{token}\" is a token; llama.cpp joins any two that make one, so ids would differ from the model's");
            }
        }
        return scores;

        // Added tokens are found before anything is joined, and bytes stand for what has no token.
        bool IsText(string token) => !added.Contains(token) && new SentencePiece(token, 0, SentencePieceKind.Byte).Byte < 0;
    }

    /// <summary>Whether a space is put in front of texts; null where the parts are not SentencePiece's.</summary>
    private static bool? AddsPrefix(TokenizerPipeline pipeline)
    {
        if (pipeline.Normalizer is null)
            return Metaspace(pipeline.PreTokenizer, mayCut: false);
        JsonElement normalizer = GgufTokenizer.Json(pipeline.Normalizer.Write);
        JsonElement[] parts = normalizer.GetProperty("type").GetString() == "Sequence" ? [.. normalizer.GetProperty("normalizers").EnumerateArray()] : [normalizer];
        bool prepends = parts.Length == 2 && parts[0].GetProperty("type").GetString() == "Prepend" && parts[0].GetProperty("prepend").GetString() == Space;
        JsonElement replace = parts[^1];
        bool replaces = parts.Length == (prepends ? 2 : 1) && replace.GetProperty("type").GetString() == "Replace" && replace.GetProperty("content").GetString() == Space
            && replace.GetProperty("pattern").TryGetProperty("String", out JsonElement pattern) && pattern.GetString() == " ";
        return replaces && pipeline.PreTokenizer is null ? prepends : null;
    }

    private static bool? Metaspace(PreTokenizer? preTokenizer, bool mayCut)
    {
        if (preTokenizer is not MetaspacePreTokenizer)
            return null;
        JsonElement json = GgufTokenizer.Json(preTokenizer.Write);
        return json.GetProperty("replacement").GetString() == Space && (mayCut || !json.GetProperty("split").GetBoolean())
            ? json.GetProperty("prepend_scheme").GetString() != "never" : null;
    }

    private static InputException Wrong(GgufTokenizerOptions options, string problem) => new(options.File, null, problem + ".", Remedy);
}
