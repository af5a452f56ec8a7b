namespace Castalia.Text.Training.Unigram;

/// <summary>
/// The words of a corpus one behind the other, each with a separator after it, in order of their bytes; characters are numbered in order of
/// code point, from 1 on. A character U+0000 is taken for a separator, as HF does.
/// </summary>
internal sealed class Sentences
{
    public const int Separator = 0;

    private readonly int[] _starts;
    private readonly long[] _times;

    public Sentences(CountedWords words, WordUnits units)
    {
        int[] symbolOf = new int[WordSpelling.Characters(units)], spelled = new int[256];
        long count = 0, characters = 0;
        words.ForEach((word, _) =>
        {
            count++;
            foreach (int character in Spell(word))
            {
                symbolOf[character] = 1;
                characters++;
            }
        });
        if (count + characters >= Array.MaxLength)
        {
            throw new InputException("texts", null, $"the different words have {characters} characters, more than can be held.",
                "Train on fewer texts, or on texts with fewer different words.");
        }
        CharacterSeenZero = symbolOf[0] > 0;
        symbolOf[0] = Separator;
        CharacterOf = [0, .. Enumerable.Range(1, symbolOf.Length - 1).Where(character => symbolOf[character] > 0)];
        for (int symbol = 1; symbol < CharacterOf.Length; symbol++)
            symbolOf[CharacterOf[symbol]] = symbol;
        int[] text = Text = new int[count + characters];
        _starts = new int[count + 1];
        _times = new long[count];
        int at = 0, sentence = 0;
        words.ForEachInOrder((word, times) =>
        {
            foreach (int character in Spell(word))
                text[at++] = symbolOf[character];
            text[at++] = Separator;
            _times[sentence] = times;
            _starts[++sentence] = at;
        });

        ReadOnlySpan<int> Spell(ReadOnlySpan<byte> word)
        {
            if (spelled.Length < word.Length)
                spelled = new int[word.Length];
            return spelled.AsSpan(0, WordSpelling.Write(word, units, spelled));
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => _times.Length;

    /// <summary>All of them, a separator after each.</summary>
    public int[] Text { get; }

    /// <summary>The code point of each symbol.</summary>
    public int[] CharacterOf { get; }

    /// <summary>Whether U+0000 is a character of the words.</summary>
    public bool CharacterSeenZero { get; }

    /// <summary>The symbols of a sentence, without the separator.</summary>
    public ReadOnlySpan<int> this[int sentence] => Text.AsSpan(_starts[sentence].._starts[sentence + 1])[..^1];

    /// <summary>How often a sentence occurs.</summary>
    public long TimesOf(int sentence) => _times[sentence];

    /// <summary>A stretch of the text as it is written.</summary>
    public string Write(int start, int length)
    {
        System.Text.StringBuilder text = new();
        foreach (int symbol in Text.AsSpan(start, length))
            text.Append(new System.Text.Rune(CharacterOf[symbol]).ToString());
        return text.ToString();
    }
}
