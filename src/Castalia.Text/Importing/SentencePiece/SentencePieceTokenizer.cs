namespace Castalia.Text.Importing;

/// <summary>Makes a tokenizer of what a SentencePiece model says, with SentencePiece's ids.</summary>
internal static class SentencePieceTokenizer
{
    private const string Remedy = "The file is damaged: get it anew from the model's page.";

    /// <summary>Makes the tokenizer.</summary>
    public static Tokenizer Build(SentencePieceModel model) => new(Assemble(model));

    /// <summary>Puts its parts together. Control symbols and the unknown piece are its special tokens; SentencePiece itself never finds them in a text.</summary>
    /// <exception cref="InputException">The model contradicts itself, or is of a kind that is not supported.</exception>
    public static TokenizerPipeline Assemble(SentencePieceModel model)
    {
        Check(model);
        SentencePieceVocabulary vocabulary = new(model);
        return new TokenizerPipeline
        {
            AddedTokens = [.. model.Pieces.Index()
                .Where(piece => piece.Item.Kind is SentencePieceKind.Control or SentencePieceKind.Unknown)
                .Select(piece => new AddedToken(piece.Index, piece.Item.Text, Special: true))],
            Normalizer = new SentencePieceNormalizer(model),
            PreTokenizer = SentencePieceWords.For(model),
            Model = model.Algorithm == SentencePieceAlgorithm.Bpe ? new SentencePieceBpe(vocabulary) : new SentencePieceUnigram(vocabulary),
            Decoder = new SentencePieceDecoder(model),
        };
    }

    /// <summary>The complaint that a part of SentencePiece's own cannot be written.</summary>
    public static InputException NotSaved(string what) => new("tokenizer.json", null,
        $"this tokenizer is SentencePiece's own, and {what} has no part in a tokenizer.json that gives the same ids.",
        "Keep the .model file, which is read as it is.");

    private static void Check(SentencePieceModel model)
    {
        InputException Wrong(int id, string problem) => new(model.File, $"piece {id}", problem, Remedy);

        if (model.Algorithm is not (SentencePieceAlgorithm.Unigram or SentencePieceAlgorithm.Bpe))
        {
            string name = Enum.IsDefined(model.Algorithm) ? model.Algorithm.ToString().ToUpperInvariant() : $"number {(int)model.Algorithm}";
            throw new InputException(model.File, null, $"the model's type is {name}, which is not supported.", "Supported: UNIGRAM and BPE.");
        }
        if (model.Pieces.Count > Vocabulary.GreatestId + 1)
            throw new InputException(model.File, null, $"the model has {model.Pieces.Count} pieces; there are at most {Vocabulary.GreatestId + 1}.", Remedy);
        Dictionary<string, int> seen = new(model.Pieces.Count);
        bool[] bytes = new bool[256];
        int unknown = -1;
        foreach ((int id, SentencePiece piece) in model.Pieces.Index())
        {
            if (piece.Text.Length == 0)
                throw Wrong(id, "the piece is empty.");
            if (!seen.TryAdd(piece.Text, id))
                throw Wrong(id, $"\"{piece.Text}\" is piece {seen[piece.Text]} already.");
            if (!float.IsFinite(piece.Score))
                throw Wrong(id, $"the score of \"{piece.Text}\" is no finite number.");
            if (!Enum.IsDefined(piece.Kind))
                throw Wrong(id, $"the type of \"{piece.Text}\" is {(int)piece.Kind}; types go from 1 to 6.");
            if (piece.Kind == SentencePieceKind.Unknown && unknown >= 0)
                throw Wrong(id, $"there is a second unknown piece beside piece {unknown}.");
            if (piece.Kind == SentencePieceKind.Unknown)
                unknown = id;
            if (piece.Kind != SentencePieceKind.Byte)
                continue;
            if (!model.ByteFallback || piece.Byte < 0)
                throw Wrong(id, $"\"{piece.Text}\" is a byte piece, but {(model.ByteFallback ? "names no byte" : "the model does not fall back to bytes")}.");
            bytes[piece.Byte] = true;
        }
        if (unknown < 0)
            throw new InputException(model.File, null, "there is no unknown piece.", Remedy);
        if (model.ByteFallback && Array.IndexOf(bytes, false) is int missing and >= 0)
            throw new InputException(model.File, null, $"the model falls back to bytes, but lacks the piece of byte 0x{missing:X2}.", Remedy);
    }
}
