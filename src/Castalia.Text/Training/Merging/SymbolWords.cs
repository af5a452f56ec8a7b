using System.Runtime.CompilerServices;

namespace Castalia.Text.Training;

/// <summary>
/// The words of a corpus as sequences of symbols (token ids), one behind the other in one array, and how often each occurs. They shrink in
/// place as symbols are merged.
/// </summary>
internal sealed class SymbolWords
{
    private readonly int[] _symbols, _starts, _lengths;
    private readonly long[] _times;

    /// <summary>Spells all words with the first symbols of a vocabulary. Characters outside its alphabet are left out.</summary>
    public SymbolWords(CountedWords words, Alphabet alphabet, TrainingVocabulary vocabulary)
    {
        _symbols = new int[Fitting(alphabet.Characters)];
        _starts = new int[Fitting(alphabet.Words)];
        _lengths = new int[_starts.Length];
        _times = new long[_starts.Length];
        int[][] symbolsAt = new int[(int)WordPlaces.Whole + 1][];
        foreach (WordPlaces place in (WordPlaces[])[WordPlaces.First, WordPlaces.Inner, WordPlaces.Last, WordPlaces.Whole])
            symbolsAt[(int)place] = vocabulary.SymbolsAt(place);
        int[] spelled = new int[256];
        int next = 0;
        words.ForEach((word, times) =>
        {
            if (spelled.Length < word.Length)
                spelled = new int[word.Length];
            int length = WordSpelling.Write(word, alphabet.Units, spelled), start = next;
            for (int i = 0; i < length; i++)
            {
                int symbol = symbolsAt[(int)Alphabet.PlaceOf(i, length)][spelled[i]];
                if (symbol >= 0)
                    _symbols[next++] = symbol;
            }
            if (next - start < 2)
                next = start; // nothing to merge
            else
                (_starts[Count], _lengths[Count], _times[Count++]) = (start, next - start, times);
        });
    }

    /// <summary>How many words of two symbols or more there were.</summary>
    public int Count { get; private set; }

    /// <summary>The symbols of a word.</summary>
    public Span<int> this[int word]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _symbols.AsSpan(_starts[word], _lengths[word]);
    }

    /// <summary>How often a word occurs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long TimesOf(int word) => _times[word];

    /// <summary>Keeps only the first symbols of a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Shorten(int word, int length) => _lengths[word] = length;

    private static int Fitting(long count) => count <= Array.MaxLength
        ? (int)count
        : throw new InputException("texts", null, $"the different words have {count} characters, more than the {Array.MaxLength} that can be held.",
            "Train on fewer texts, or on texts with fewer different words.");
}
