using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Castalia.Evaluation.Tests.Answers;

/// <summary>The fake model, with texts that it makes up, that writes down what it is asked and breaks off where it is told to.</summary>
internal sealed class RecordingModel(int breakAfter = int.MaxValue) : ILanguageModel
{
    private readonly Sha256LanguageModel _inner = new();

    public List<string> Asked { get; } = [];

    public string Name => "recording";

    public IReadOnlyList<Loglikelihood> Loglikelihoods(
        IReadOnlyList<LoglikelihoodRequest> requests, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default) =>
        Answer(requests, request => _inner.Loglikelihoods([request])[0], answered);

    public IReadOnlyList<double> RollingLoglikelihoods(
        IReadOnlyList<RollingRequest> requests, Action<int, double>? answered = null, CancellationToken cancellationToken = default) =>
        Answer(requests, request => _inner.RollingLoglikelihoods([request])[0], answered);

    public IReadOnlyList<string> Generate(
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default) =>
        Answer(requests, request => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(request.Context))) + "\n\"ä\"", answered);

    private T[] Answer<TRequest, T>(IReadOnlyList<TRequest> requests, Func<TRequest, T> answer, Action<int, T>? answered)
        where TRequest : notnull
    {
        var answers = new T[requests.Count];
        // Backwards: a model answers in the order that suits it.
        for (int i = answers.Length - 1; i >= 0; i--)
        {
            if (Asked.Count >= breakAfter)
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"broken off after {breakAfter}"));
            Asked.Add(requests[i] is GenerationRequest generation ? $"text {generation.Repeat} of {generation.Context}" : requests[i].ToString()!);
            answers[i] = answer(requests[i]);
            answered?.Invoke(i, answers[i]);
        }
        return answers;
    }
}
