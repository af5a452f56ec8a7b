using Castalia.Text.Training;
using Castalia.Text.Training.Unigram;

namespace Castalia.Text;

/// <summary>
/// Trains tokenizers as HF tokenizers' trainers do: BPE and WordPiece merge the most frequent pair of neighbouring symbols over and over (of
/// pairs that occur equally often that of smaller ids), WordLevel takes the most frequent words, Unigram estimates pieces' probabilities and
/// prunes. The result is the same whatever the number of threads and the memory; counts are exact.
/// </summary>
public static class TokenizerTrainer
{
    /// <summary>
    /// Trains on texts, which are cut into words of bytes (byte-level), or as the tokenizer cuts them that the options name as a template.
    /// </summary>
    /// <param name="texts">
    /// The texts, read once. Each is cut into words by itself; to train as HF does from a file, give its lines with their line ends.
    /// </param>
    /// <param name="options">How to train.</param>
    /// <param name="progress">Told of texts counted and tokens made.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The options contradict each other, the template cannot be read, or temporary files cannot be written.</exception>
    public static TrainedTokenizer Train(
        IEnumerable<string> texts, TrainerOptions options, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        TrainingParts parts = TrainingParts.Of(options);
        using CountedWords words = WordCounter.Count(texts, parts, options, progress, cancellation);
        return new TrainedTokenizer(options, parts, Train(words, parts.Units, options, progress, cancellation));
    }

    /// <summary>Trains on counted words, however they were cut. The words are let go of as soon as they are no longer needed.</summary>
    internal static TrainedModel Train(
        CountedWords words, WordUnits units, TrainerOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        options.Check();
        return options.Model switch
        {
            TrainedModelKind.WordLevel => WordLevelTrainer.Train(words, units, options),
            TrainedModelKind.Unigram => UnigramTrainer.Train(words, units, options, progress, cancellation),
            _ => MergeTrainer.Train(words, units, options, progress, cancellation),
        };
    }
}
