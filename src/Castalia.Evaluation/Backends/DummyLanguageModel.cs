namespace Castalia.Evaluation;

/// <summary>
/// The harness's <c>dummy</c>: log-likelihoods that are the negatives of Python's <c>random.random()</c> in the order of the requests, never greedy, and
/// one text for every context. What it answers hangs on what was asked before, so it is of use only to compare harnesses with one another.
/// </summary>
/// <param name="seed">Seed of the generator; the harness's own is 0.</param>
public sealed class DummyLanguageModel(long seed = 0) : ILanguageModel
{
    /// <summary>What it is called on command lines and in results.</summary>
    public const string ModelName = "dummy";

    private const string Text = "lol";

    private readonly PythonRandom _random = new(seed);

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public IReadOnlyList<Loglikelihood> Loglikelihoods(
        IReadOnlyList<LoglikelihoodRequest> requests, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default) =>
        Answer(requests, _ => new Loglikelihood(-_random.NextDouble(), false), answered, cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<double> RollingLoglikelihoods(
        IReadOnlyList<RollingRequest> requests, Action<int, double>? answered = null, CancellationToken cancellationToken = default) =>
        Answer(requests, _ => -_random.NextDouble(), answered, cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<string> Generate(
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default) =>
        Answer(requests, _ => Text, answered, cancellationToken);

    private static T[] Answer<TRequest, T>(
        IReadOnlyList<TRequest> requests, Func<TRequest, T> answer, Action<int, T>? answered, CancellationToken cancellationToken)
    {
        var answers = new T[requests.Count];
        for (int i = 0; i < answers.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            answers[i] = answer(requests[i]);
            answered?.Invoke(i, answers[i]);
        }
        return answers;
    }
}
