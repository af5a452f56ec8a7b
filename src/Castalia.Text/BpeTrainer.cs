using Castalia.Text.Training;

namespace Castalia.Text;

/// <summary>
/// Trains byte-level BPE: the same merges in the same order as HF tokenizers' trainer, whatever the number of threads. Words are
/// counted, then the pair of neighbouring symbols that occurs most is merged everywhere, over and over; of pairs that occur equally
/// often the one with the smaller ids wins.
/// </summary>
public static class BpeTrainer
{
    /// <summary>Trains on texts.</summary>
    /// <param name="texts">
    /// The texts, read once. Each is cut into words by itself; to train as HF does from a file, give its lines with their line ends.
    /// </param>
    /// <param name="options">How to train.</param>
    /// <param name="progress">Told of texts counted and tokens made.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The options contradict each other.</exception>
    public static TrainedTokenizer Train(
        IEnumerable<string> texts, BpeTrainerOptions options, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        foreach (string special in options.SpecialTokens)
        {
            if (special.Length == 0 || options.SpecialTokens.Count(other => other == special) > 1)
            {
                throw new InputException("special tokens", $"\"{special}\"", "special tokens have to be different and not empty.",
                    "Give each of them once.");
            }
        }
        WordCounts counts = WordCounter.Count(texts, options, progress, cancellation);
        TrainingVocabulary vocabulary = new(options.SpecialTokens, options.AllBytes ? AllBytes() : counts.BytesSeen());
        if (vocabulary.Size > options.VocabularySize)
        {
            throw new InputException("vocabulary size", null,
                $"{options.VocabularySize} tokens are fewer than the {vocabulary.Size} of the special tokens and the alphabet.",
                $"Give at least {vocabulary.Size}.");
        }
        List<(int Left, int Right)> merges = new MergeLoop(counts, vocabulary, options).Run(progress, cancellation);
        return new TrainedTokenizer(options, vocabulary.Tokens, merges);
    }

    private static bool[] AllBytes()
    {
        bool[] all = new bool[256];
        Array.Fill(all, true);
        return all;
    }
}
