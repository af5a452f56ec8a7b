namespace Castalia.Evaluation;

/// <summary>Whether texts are the same.</summary>
public static class ExactMatch
{
    /// <summary>Share of predictions that equal their reference.</summary>
    public static double Score(IReadOnlyList<string> references, IReadOnlyList<string> predictions, Row options) =>
        references.Zip(predictions, (reference, prediction) => reference == prediction ? 1.0 : 0.0).Average();
}
