using System.Globalization;
using Castalia;
using Castalia.Evaluation;

// ask FILE COUNT MILLISECONDS    puts COUNT requests to a slow model that remembers in FILE; says "asked I" and "answered I LOGLIKELIHOOD" of each
if (args is not ["ask", string file, string count, string pause])
    return 2;
try
{
    LoglikelihoodRequest[] requests =
        [.. Enumerable.Range(0, int.Parse(count, CultureInfo.InvariantCulture)).Select(i => new LoglikelihoodRequest($"question {i}", " yes"))];
    using AnswerStore store = AnswerStore.Open(file);
    var model = new StoredAnswers(new SlowModel(int.Parse(pause, CultureInfo.InvariantCulture)), store, "slow");
    model.Loglikelihoods(requests, (i, answer) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"answered {i} {answer.Value:R}")));
    return 0;
}
catch (InputException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

internal sealed class SlowModel(int milliseconds) : ILanguageModel
{
    private readonly Sha256LanguageModel _inner = new();

    public string Name => "slow";

    public IReadOnlyList<Loglikelihood> Loglikelihoods(
        IReadOnlyList<LoglikelihoodRequest> requests, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default)
    {
        var answers = new Loglikelihood[requests.Count];
        for (int i = 0; i < answers.Length; i++)
        {
            Console.WriteLine($"asked {requests[i].Context.Split(' ')[1]}");
            Thread.Sleep(milliseconds);
            answers[i] = _inner.Loglikelihoods([requests[i]], null, cancellationToken)[0];
            answered?.Invoke(i, answers[i]);
        }
        return answers;
    }

    public IReadOnlyList<double> RollingLoglikelihoods(
        IReadOnlyList<RollingRequest> requests, Action<int, double>? answered = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public IReadOnlyList<string> Generate(
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
