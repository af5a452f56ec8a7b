namespace Castalia.Text.Training;

/// <summary>The tokens that a training run has made so far.</summary>
internal sealed class TrainingVocabulary
{
    private readonly Dictionary<string, int> _ids = [];
    private readonly List<string> _tokens = [];

    /// <param name="specials">The special tokens, which come first.</param>
    /// <param name="alphabet">Which bytes belong to the alphabet. They follow in order of the characters that stand for them.</param>
    public TrainingVocabulary(IReadOnlyList<string> specials, bool[] alphabet)
    {
        foreach (string special in specials)
            Add(special);
        Array.Fill(SymbolOf, -1);
        foreach (int value in Enumerable.Range(0, 256).Where(value => alphabet[value]).OrderBy(value => ByteAlphabet.CharacterOf[value]))
            SymbolOf[value] = Add(ByteAlphabet.CharacterOf[value].ToString());
    }

    /// <summary>The token of each byte; -1 outside the alphabet.</summary>
    public int[] SymbolOf { get; } = new int[256];

    /// <summary>The token of each id.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    public int Size => _tokens.Count;

    /// <summary>The bytes of a token.</summary>
    public int LengthOf(int id) => _tokens[id].Length;

    /// <summary>The id of two tokens put together: a new one unless that token exists.</summary>
    public int Join(int left, int right) => Add(_tokens[left] + _tokens[right]);

    private int Add(string token)
    {
        if (_ids.TryAdd(token, _tokens.Count))
            _tokens.Add(token);
        return _ids[token];
    }
}
