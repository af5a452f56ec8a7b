namespace Castalia.Text.Training;

/// <summary>
/// The characters that tokens are made of: those of the words and those that are asked for, at most so many as the options allow. The most
/// frequent are kept, of equally frequent ones those of smaller code point (HF leaves that to the order of a hash table); those that are
/// asked for count as more frequent than all others.
/// </summary>
internal sealed class Alphabet
{
    private readonly WordPlaces[] _places;

    /// <param name="words">The words whose characters are counted.</param>
    /// <param name="units">What their bytes are.</param>
    /// <param name="options">Which characters are asked for, and how many may be kept.</param>
    public Alphabet(CountedWords words, WordUnits units, TrainerOptions options)
    {
        Units = units;
        long[] counts = new long[0x110000];
        WordPlaces[] places = _places = new WordPlaces[WordSpelling.Characters(units)];
        int[] spelled = new int[256];
        words.ForEach((word, times) =>
        {
            if (spelled.Length < word.Length)
                spelled = new int[word.Length];
            int length = WordSpelling.Write(word, units, spelled);
            for (int i = 0; i < length; i++)
            {
                counts[spelled[i]] += times;
                places[spelled[i]] |= PlaceOf(i, length);
            }
            Words++;
            Characters += length;
        });
        foreach (int asked in Asked(units, options))
            counts[asked] = long.MaxValue;
        ByFrequency = [.. Enumerable.Range(0, counts.Length).Where(character => counts[character] > 0).OrderByDescending(character => counts[character])];
        Kept = [.. ByFrequency.Take(options.LimitAlphabet ?? int.MaxValue).Order()];
    }

    /// <summary>What the bytes of the words are.</summary>
    public WordUnits Units { get; }

    /// <summary>How many different words there are.</summary>
    public long Words { get; private set; }

    /// <summary>How many characters the different words have together.</summary>
    public long Characters { get; private set; }

    /// <summary>All characters, the most frequent first, equally frequent ones in order of code point.</summary>
    public IReadOnlyList<int> ByFrequency { get; }

    /// <summary>The characters that are kept, in order of code point.</summary>
    public IReadOnlyList<int> Kept { get; }

    /// <summary>The places in words at which a character was seen.</summary>
    public WordPlaces PlacesOf(int character) => character < _places.Length ? _places[character] : WordPlaces.None;

    /// <summary>The place of the character at an index of a word.</summary>
    public static WordPlaces PlaceOf(int index, int length) => (index == 0, index == length - 1) switch
    {
        (true, true) => WordPlaces.Whole,
        (true, false) => WordPlaces.First,
        (false, true) => WordPlaces.Last,
        _ => WordPlaces.Inner,
    };

    private static IEnumerable<int> Asked(WordUnits units, TrainerOptions options)
    {
        IEnumerable<int> asked = options.InitialAlphabet.EnumerateRunes().Select(rune => rune.Value);
        return units == WordUnits.Bytes && options.AllBytes ? asked.Concat(ByteAlphabet.CharacterOf.Select(character => (int)character)) : asked;
    }
}

/// <summary>Places of a character in words; on it depends what HF puts before and behind.</summary>
[Flags]
internal enum WordPlaces : byte
{
    /// <summary>In no word.</summary>
    None = 0,

    /// <summary>Before others.</summary>
    First = 1,

    /// <summary>Between others.</summary>
    Inner = 2,

    /// <summary>Behind others.</summary>
    Last = 4,

    /// <summary>By itself.</summary>
    Whole = 8,
}
