namespace Castalia.Evaluation;

/// <summary>A score of a whole set of texts that is a function of counts added up over the texts.</summary>
public abstract class CorpusScore
{
    /// <summary>The counts of one text.</summary>
    /// <param name="prediction">The text.</param>
    /// <param name="references">One reference or more.</param>
    public abstract double[] Counts(string prediction, IReadOnlyList<string> references);

    /// <summary>The score that counts stand for, from 0 to 100 (TER may be more).</summary>
    public abstract double Of(IReadOnlyList<double> counts);

    /// <summary>The score of one text.</summary>
    public double Sentence(string prediction, params IReadOnlyList<string> references) => Of(Counts(prediction, references));

    /// <summary>The score of a set of texts; 0 of none.</summary>
    /// <param name="predictions">The texts.</param>
    /// <param name="references">The references of each text.</param>
    public double Corpus(IReadOnlyList<string> predictions, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(references);
        double[] sum = [];
        for (int i = 0; i < predictions.Count; i++)
        {
            double[] own = Counts(predictions[i], references[i]);
            sum = sum.Length == 0 ? own : [.. sum.Zip(own, (a, b) => a + b)];
        }
        return sum.Length == 0 ? 0 : Of(sum);
    }
}
