namespace Castalia.Text.Training;

/// <summary>Trains WordLevel: the special tokens, then the words that occur most, equally frequent ones in order of their characters.</summary>
internal static class WordLevelTrainer
{
    public static TrainedWordLevel Train(CountedWords words, WordUnits units, TrainerOptions options)
    {
        HashSet<string> special = [.. options.FirstTokens];
        int room = options.VocabularySize - special.Count;
        if (room < 0)
        {
            throw new InputException("vocabulary size", null, $"{options.VocabularySize} tokens are fewer than the {special.Count} special ones.",
                $"Give at least {special.Count}.");
        }
        PriorityQueue<string, Rank> best = new();
        words.ForEach((word, times) =>
        {
            bool full = best.Count == room;
            Rank worst = default;
            if (times < options.MinFrequency || room == 0 || (full && best.TryPeek(out _, out worst) && times < worst.Times))
                return;
            string token = WordSpelling.Text(word, units);
            Rank rank = new(times, token);
            if (special.Contains(token))
                return; // HF gives the special token the word's id and leaves its own empty.
            if (full && rank.CompareTo(worst) > 0)
                best.DequeueEnqueue(token, rank);
            else if (!full)
                best.Enqueue(token, rank);
        });
        string[] tokens = new string[best.Count];
        for (int i = tokens.Length - 1; i >= 0; i--)
            tokens[i] = best.Dequeue();
        return new TrainedWordLevel([.. options.FirstTokens, .. tokens], options);
    }

    /// <summary>The worst first: the rarest, of equally frequent words the last in order of code points.</summary>
    private readonly record struct Rank(long Times, string Word) : IComparable<Rank>
    {
        public int CompareTo(Rank other)
        {
            if (Times != other.Times)
                return Times.CompareTo(other.Times);
            int same = Word.AsSpan().CommonPrefixLength(other.Word);
            return same == Word.Length || same == other.Word.Length
                ? other.Word.Length.CompareTo(Word.Length)
                : Order(other.Word[same]).CompareTo(Order(Word[same]));
        }

        /// <summary>Puts surrogates behind all other characters, as their code points are.</summary>
        private static int Order(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
    }
}
