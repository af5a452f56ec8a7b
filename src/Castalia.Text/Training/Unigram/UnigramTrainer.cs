using System.Text;

namespace Castalia.Text.Training.Unigram;

/// <summary>
/// Trains Unigram: begins with all frequent substrings as pieces and prunes them, estimating their probabilities before each pruning, until
/// there are a tenth more than are wanted; then takes the first. Every character of the words stays a token.
/// </summary>
internal static class UnigramTrainer
{
    /// <summary>The score by which characters without a piece of their own stand apart.</summary>
    private const double CharacterStep = 0.0001;

    /// <summary>HF's name for the unknown piece while training; a piece that is spelled like it is left out of the result.</summary>
    private const string UnknownWhileTraining = "<UNK>";

    public static TrainedUnigram Train(
        CountedWords counted, WordUnits units, TrainerOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        Sentences sentences = new(counted, units);
        counted.Dispose();
        string[] required = Required(sentences, units, options);
        IReadOnlyList<string> first = options.FirstTokens;
        if (required.Length + first.Count > options.VocabularySize)
        {
            throw new InputException("vocabulary size", null,
                $"{options.VocabularySize} tokens are fewer than the {required.Length + first.Count} of the special tokens and the alphabet.",
                $"Give at least {required.Length + first.Count}.");
        }
        PieceModel model = Estimate(sentences, options, progress, cancellation);
        List<(string Text, double Score)> pieces = Finish(model, sentences, required, options.VocabularySize - first.Count);
        return new TrainedUnigram(
            [.. first, .. pieces.Select(piece => piece.Text)], [.. first.Select(_ => 0.0), .. pieces.Select(piece => piece.Score)], options);
    }

    /// <summary>The characters that are tokens in any case, in order of code point.</summary>
    private static string[] Required(Sentences sentences, WordUnits units, TrainerOptions options)
    {
        IEnumerable<int> characters = sentences.CharacterOf.Skip(sentences.CharacterSeenZero ? 0 : 1)
            .Concat(options.InitialAlphabet.EnumerateRunes().Select(rune => rune.Value));
        if (units == WordUnits.Bytes && options.AllBytes)
            characters = characters.Concat(ByteAlphabet.CharacterOf.Select(character => (int)character));
        return [.. characters.Distinct().Order().Select(character => new Rune(character).ToString())];
    }

    private static PieceModel Estimate(Sentences sentences, TrainerOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        ParallelOptions parallel = new()
        {
            MaxDegreeOfParallelism = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
            CancellationToken = cancellation,
        };
        progress?.Report(new WorkProgress("find pieces", 0, null, "characters"));
        PieceModel model = new(sentences, SeedPieces.Find(sentences, options.MaxPieceLength, options.SeedSize));
        ExpectationMaximization estimation = new(sentences, parallel);
        Pruning pruning = new(sentences, parallel);
        int wanted = (int)(options.VocabularySize * 11L / 10);
        long seeds = model.Pieces.Length;
        while (true)
        {
            for (int i = 0; i < options.SubIterations; i++)
                model = estimation.Maximize(model, estimation.Expect(model).Expected);
            progress?.Report(new WorkProgress("prune pieces", seeds - model.Pieces.Length, Math.Max(0, seeds - wanted), "pieces"));
            if (model.Pieces.Length <= wanted)
                return model;
            int before = model.Pieces.Length;
            model = pruning.Prune(model, Math.Max(wanted, (int)(before * options.ShrinkingFactor)));
            if (model.Pieces.Length == before)
                return model; // none of them can be cut
        }
    }

    /// <summary>All required characters and the first of the other pieces, by falling scores.</summary>
    private static List<(string Text, double Score)> Finish(PieceModel model, Sentences sentences, string[] required, int size)
    {
        string[] texts = [.. model.Pieces.Select(piece => sentences.Write(piece.Start, piece.Length))];
        Dictionary<string, double> scores = [];
        for (int id = 1; id < texts.Length; id++)
            scores[texts[id]] = model.Pieces[id].Score;
        double least = double.IsFinite(model.LeastScore) ? model.LeastScore : 0, step = 0;
        List<(string Text, double Score)> pieces = [];
        foreach (string character in required)
        {
            if (!scores.TryGetValue(character, out double score))
                (score, step) = (least + step, step + CharacterStep);
            pieces.Add((character, score));
        }
        HashSet<string> taken = [UnknownWhileTraining, .. required];
        for (int id = 1; id < texts.Length && pieces.Count < size; id++)
        {
            if (taken.Add(texts[id]))
                pieces.Add((texts[id], model.Pieces[id].Score));
        }
        return [.. pieces.OrderByDescending(piece => piece.Score)];
    }
}
