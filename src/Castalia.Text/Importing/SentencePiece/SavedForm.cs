using System.Text;
using Castalia.Text.Bpe;

namespace Castalia.Text.Importing;

/// <summary>
/// A SentencePiece model in HF's parts, for tokenizer.json: there is such a form, with the same ids for every text, for BPE that neither rewrites
/// characters nor removes spaces (LLaMA's, Mistral's). For other models HF's parts only come near, and saving is refused with the reason.
/// </summary>
internal sealed class SavedForm
{
    private readonly Lazy<TokenizerPipeline> _parts;

    public SavedForm(SentencePieceModel model) => _parts = new Lazy<TokenizerPipeline>(() => Build(model));

    /// <summary>The parts.</summary>
    /// <exception cref="InputException">There is no such form.</exception>
    public TokenizerPipeline Parts => _parts.Value;

    private static TokenizerPipeline Build(SentencePieceModel model)
    {
        if (Obstacle(model) is string obstacle)
        {
            throw new InputException("tokenizer.json", null,
                $"the tokenizer of {model.File} cannot be saved so that the ids stay the same: {obstacle}.",
                "Keep the file that it was read from, which is read as it is.");
        }
        Dictionary<string, int> ids = model.Pieces.Index().ToDictionary(piece => piece.Item.Text, piece => piece.Index);
        BpeFlags flags = new() { UnknownToken = model.Pieces[model.UnknownId].Text, FuseUnknown = true, ByteFallback = model.ByteFallback };
        string prefix = model.AddDummyPrefix ? """{"type": "Prepend", "prepend": "▁"}, """ : "";
        string strip = model.AddDummyPrefix ? """, {"type": "Strip", "content": " ", "start": 1, "stop": 0}""" : "";
        string parts = $$$"""
            {
              "normalizer": {"type": "Sequence", "normalizers": [{{{prefix}}}{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
              "decoder": {"type": "Sequence", "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}{{{strip}}}]}
            }
            """;
        return Assembly.Assemble(model.File, new BpeModel(ids, [.. Merges(model)], flags), [], parts);
    }

    /// <summary>Why there is no such form; null where there is.</summary>
    private static string? Obstacle(SentencePieceModel model)
    {
        if (model.Algorithm == SentencePieceAlgorithm.Unigram)
            return "its Unigram sums scores in single precision, HF's in double";
        if (model.CharsMap is not null)
            return "it rewrites characters (precompiled_charsmap) one after the other, HF's Precompiled whole grapheme clusters";
        if (model.RemoveExtraWhitespaces)
            return "it removes extra spaces, also those that it made of other characters";
        if (!model.EscapeWhitespaces || model.WhitespaceAsSuffix)
            return model.EscapeWhitespaces ? "it puts the space at the end of the text" : "it leaves spaces as they are";
        if (model.Pieces.Any(piece => piece.Kind is SentencePieceKind.UserDefined or SentencePieceKind.Unused))
            return "it has pieces that are user-defined or not to be used";
        HashSet<string> texts = [.. model.Pieces.Where(piece => piece.IsText).Select(piece => piece.Text)];
        SentencePiece[] joined = [.. model.Pieces.Where(piece => piece.IsText && piece.Text.EnumerateRunes().Skip(1).Any())];
        if (joined.Any(piece => piece.Text.EnumerateRunes().Any(character => !texts.Contains(character.ToString()))))
            return "it has pieces with characters that are no pieces themselves";
        return joined.DistinctBy(piece => piece.Score).Count() < joined.Length
            ? "it has pieces of the same score, of which the leftmost is made first" : null;
    }

    /// <summary>Each way to make a piece of two others, the pieces of the highest score first.</summary>
    private static IEnumerable<(string Left, string Right)> Merges(SentencePieceModel model)
    {
        HashSet<string> texts = [.. model.Pieces.Where(piece => piece.IsText).Select(piece => piece.Text)];
        foreach (string text in model.Pieces.Where(piece => piece.IsText).OrderByDescending(piece => piece.Score).Select(piece => piece.Text))
        {
            int middle = 0;
            foreach (Rune character in text.EnumerateRunes())
            {
                middle += character.Utf16SequenceLength;
                if (middle < text.Length && texts.Contains(text[..middle]) && texts.Contains(text[middle..]))
                    yield return (text[..middle], text[middle..]);
            }
        }
    }
}
