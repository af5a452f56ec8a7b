using Castalia.Formats;

namespace Castalia.Text.Importing;

/// <summary>The tokens of a GGUF's vocabulary, and what each is.</summary>
internal sealed class GgufTokens
{
    /// <summary>What to do about a vocabulary that cannot be.</summary>
    public const string Remedy = "The file was not converted rightly or is damaged: convert the model anew, or give its tokenizer.json.";

    private const string TokensKey = "tokenizer.ggml.tokens", TypesKey = "tokenizer.ggml.token_type", ScoresKey = "tokenizer.ggml.scores";

    private readonly string _file;
    private readonly SentencePieceKind[] _kinds;

    private GgufTokens(string file, string[] texts, SentencePieceKind[] kinds) => (_file, Texts, _kinds) = (file, texts, kinds);

    /// <summary>The tokens as the file writes them; a token's id is its place.</summary>
    public string[] Texts { get; }

    /// <summary>Reads the tokens and their types; where there are none, all are text.</summary>
    public static GgufTokens Read(GgufFile file)
    {
        GgufValue tokens = file.Get(TokensKey);
        if (tokens.Count > Vocabulary.GreatestId + 1)
            throw new InputException(file.Path, $"key {TokensKey}", $"there are {tokens.Count} tokens; there are at most {Vocabulary.GreatestId + 1}.", Remedy);
        string[] texts = tokens.AsStrings();
        long[] types = file.Find(TypesKey)?.AsIntegers() ?? [.. Enumerable.Repeat((long)SentencePieceKind.Normal, texts.Length)];
        if (types.Length != texts.Length)
            throw new InputException(file.Path, $"key {TypesKey}", $"there are {types.Length} types for {texts.Length} tokens.", Remedy);
        if (Array.FindIndex(types, type => type is < (long)SentencePieceKind.Normal or > (long)SentencePieceKind.Byte) is int odd and >= 0)
            throw new InputException(file.Path, $"key {TypesKey}", $"token {odd} has type {types[odd]}; types go from 1 to 6.", Remedy);
        return new GgufTokens(file.Path, texts, [.. types.Select(type => (SentencePieceKind)type)]);
    }

    /// <summary>What a token is.</summary>
    public SentencePieceKind KindOf(int id) => _kinds[id];

    /// <summary>Whether there is a token of a kind.</summary>
    public bool Has(SentencePieceKind kind) => _kinds.Contains(kind);

    /// <summary>The id of each token.</summary>
    public Dictionary<string, int> Ids()
    {
        Dictionary<string, int> ids = new(Texts.Length);
        foreach ((int id, string token) in Texts.Index())
        {
            if (!ids.TryAdd(token, id))
                throw Wrong(id, $"it is token {ids[token]} already.");
        }
        return ids;
    }

    /// <summary>The tokens that are looked for in the text itself: control and unknown tokens, which are special, and user-defined ones, which are text.</summary>
    public IEnumerable<AddedToken> Added()
    {
        foreach ((int id, string token) in Texts.Index())
        {
            if (_kinds[id] is not (SentencePieceKind.Control or SentencePieceKind.Unknown or SentencePieceKind.UserDefined))
                continue;
            if (token.Length == 0)
                throw Wrong(id, "it has no text.");
            yield return new AddedToken(id, token, Special: _kinds[id] != SentencePieceKind.UserDefined);
        }
    }

    /// <summary>The tokens as SentencePiece's pieces. Where none is marked as the unknown one, that is said by its id.</summary>
    public SentencePiece[] Pieces(GgufFile file)
    {
        float[] scores = file.Get(ScoresKey).AsFloats();
        if (scores.Length != Texts.Length)
            throw new InputException(file.Path, $"key {ScoresKey}", $"there are {scores.Length} scores for {Texts.Length} tokens.", Remedy);
        SentencePiece[] pieces = [.. Texts.Select((token, id) => new SentencePiece(token, scores[id], _kinds[id]))];
        if (!Has(SentencePieceKind.Unknown) && file.Find("tokenizer.ggml.unknown_token_id")?.AsInteger() is long unknown && unknown >= 0 && unknown < pieces.Length)
            pieces[unknown] = pieces[unknown] with { Kind = SentencePieceKind.Unknown };
        return pieces;
    }

    /// <summary>A complaint about a token.</summary>
    public InputException Wrong(int id, string problem) => new(_file, $"key {TokensKey}", $"token {id}, \"{Texts[id]}\": {problem}", Remedy);
}
