namespace Castalia.Evaluation;

/// <summary>CoQA's scores against several people's answers (Reddy et al. 2019).</summary>
public static class Coqa
{
    /// <summary>
    /// Exact match and F1: the mean over the people of the best score against the others' answers, which makes it comparable with a person's
    /// own; with one answer the score against it.
    /// </summary>
    /// <exception cref="ArgumentException">There is no right answer.</exception>
    public static (double ExactMatch, double F1) Scores(string prediction, IReadOnlyList<string> golds)
    {
        ArgumentNullException.ThrowIfNull(golds);
        if (golds.Count == 0)
            throw new ArgumentException("CoQA's scores need a right answer.", nameof(golds));
        double[] exact = [.. golds.Select(gold => Squad.Exact(prediction, gold))], f1 = [.. golds.Select(gold => Squad.F1(prediction, gold))];
        return (LeaveOneOut(exact), LeaveOneOut(f1));
    }

    private static double LeaveOneOut(double[] scores)
    {
        if (scores.Length == 1)
            return scores[0];
        double sum = 0;
        for (int i = 0; i < scores.Length; i++)
            sum += scores.Where((_, j) => j != i).Max();
        return sum / scores.Length;
    }
}
