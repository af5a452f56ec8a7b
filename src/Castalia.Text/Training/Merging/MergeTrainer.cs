namespace Castalia.Text.Training;

/// <summary>Trains BPE and WordPiece, which differ in what is kept of the result.</summary>
internal static class MergeTrainer
{
    public static TrainedModel Train(
        CountedWords counted, WordUnits units, TrainerOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        Alphabet alphabet = new(counted, units, options);
        TrainingVocabulary vocabulary = new(alphabet, options);
        if (vocabulary.Size > options.VocabularySize)
        {
            throw new InputException("vocabulary size", null,
                $"{options.VocabularySize} tokens are fewer than the {vocabulary.Size} of the special tokens and the alphabet.",
                $"Give at least {vocabulary.Size}, or limit the alphabet.");
        }
        SymbolWords words = new(counted, alphabet, vocabulary);
        counted.Dispose();
        List<(int Left, int Right)> merges = new MergeLoop(words, vocabulary, options).Run(progress, cancellation);
        return options.Model == TrainedModelKind.WordPiece
            ? new TrainedWordPiece(vocabulary.Tokens, options)
            : new TrainedBpe(vocabulary.Tokens, merges, options);
    }
}
