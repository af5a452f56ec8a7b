using System.Text;

namespace Castalia.Text.Training;

/// <summary>
/// The tokens that merging has made so far. First come the special tokens, then those of byte fallback, the alphabet in order of code
/// point, and what its characters become within and at the end of words: first those with the prefix, then those with prefix and suffix,
/// then those with the suffix, in each the more frequent characters first (HF takes all of them in the order of a hash table of words, in which
/// frequent ones tend to be early; as ids decide between equally frequent pairs, its result is another in each run).
/// </summary>
internal sealed class TrainingVocabulary
{
    private readonly Dictionary<string, int> _ids = [];
    private readonly List<string> _tokens = [];
    private readonly List<int> _lengths = [];
    private readonly string _prefix, _suffix;
    private readonly Dictionary<WordPlaces, int[]> _symbols = [];

    public TrainingVocabulary(Alphabet alphabet, TrainerOptions options)
    {
        (_prefix, _suffix) = (options.PrefixInUse, options.EndOfWordSuffix ?? "");
        foreach (string special in options.FirstTokens)
            Add(special, special.EnumerateRunes().Count());
        foreach (int character in alphabet.Kept)
            Add(Text(character), 1);
        AddForms(alphabet, WordPlaces.First, "", "");
        AddForms(alphabet, WordPlaces.Inner, _prefix, "");
        AddForms(alphabet, WordPlaces.Last, _prefix, _suffix);
        AddForms(alphabet, WordPlaces.Whole, "", _suffix);
    }

    /// <summary>The token of each id.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    public int Size => _tokens.Count;

    /// <summary>Whether characters are the same tokens wherever they are in a word.</summary>
    public bool IsPlain => _prefix.Length + _suffix.Length == 0;

    /// <summary>The token of each character at a place in words; -1 outside the alphabet.</summary>
    public int[] SymbolsAt(WordPlaces place) => _symbols[place];

    /// <summary>How many characters a token has, prefix and suffix apart.</summary>
    public int LengthOf(int id) => _lengths[id];

    /// <summary>The id of two tokens put together, the prefix of the second left out: a new one unless that token exists.</summary>
    public int Join(int left, int right)
    {
        string second = _tokens[right];
        if (_prefix.Length > 0 && second.StartsWith(_prefix, StringComparison.Ordinal))
            second = second[_prefix.Length..];
        return Add(_tokens[left] + second, _lengths[left] + _lengths[right]);
    }

    private void AddForms(Alphabet alphabet, WordPlaces place, string prefix, string suffix)
    {
        int[] symbols = _symbols[place] = new int[WordSpelling.Characters(alphabet.Units)];
        Array.Fill(symbols, -1);
        foreach (int character in alphabet.ByFrequency)
        {
            // A special token of one character is a symbol too, even where the alphabet has no room for it.
            if (alphabet.PlacesOf(character).HasFlag(place) && _ids.ContainsKey(Text(character)))
                symbols[character] = Add(prefix + Text(character) + suffix, 1);
        }
    }

    private int Add(string token, int length)
    {
        if (_ids.TryAdd(token, _tokens.Count))
        {
            _tokens.Add(token);
            _lengths.Add(length);
        }
        return _ids[token];
    }

    private static string Text(int character) => new Rune(character).ToString();
}
