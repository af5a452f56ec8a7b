namespace Castalia.Evaluation;

/// <summary>
/// A model that remembers: what is in the store is not asked again, and what is asked is in the store before it is passed on. A request
/// that stands several times in a call is put once, unless its texts are drawn by chance: those are remembered by the number of their repeat.
/// </summary>
/// <param name="model">What answers the others.</param>
/// <param name="store">Where answers are kept; it is not closed.</param>
/// <param name="identity">
/// Everything on which the model's answers hang: its kind, its arguments, its weights' hash. Answers of another identity are not found.
/// </param>
public sealed class StoredAnswers(ILanguageModel model, AnswerStore store, string identity) : ILanguageModel
{
    /// <inheritdoc/>
    public string Name => model.Name;

    /// <inheritdoc/>
    public ModelDescription Description => model.Description;

    /// <summary>Requests that were answered from the store, those that stood several times in a call included.</summary>
    public int Remembered { get; private set; }

    /// <inheritdoc/>
    public IChatFormat? Chat(string? template) => model.Chat(template);

    /// <inheritdoc/>
    public IReadOnlyList<Loglikelihood> Loglikelihoods(
        IReadOnlyList<LoglikelihoodRequest> requests, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default) =>
        Answer(requests, [.. requests.Select(request => AnswerKey.Of(identity, request))], model.Loglikelihoods, answered, cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<double> RollingLoglikelihoods(
        IReadOnlyList<RollingRequest> requests, Action<int, double>? answered = null, CancellationToken cancellationToken = default) =>
        Answer(requests, [.. requests.Select(request => AnswerKey.Of(identity, request))], model.RollingLoglikelihoods, answered, cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<string> Generate(
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default) =>
        Answer(requests, [.. requests.Select(request => AnswerKey.Of(identity, request))], model.Generate, answered, cancellationToken);

    private T[] Answer<TRequest, T>(IReadOnlyList<TRequest> requests, AnswerKey[] keys,
        Func<IReadOnlyList<TRequest>, Action<int, T>?, CancellationToken, IReadOnlyList<T>> ask, Action<int, T>? answered, CancellationToken cancellationToken)
        where T : notnull
    {
        var answers = new T[keys.Length];
        var places = new Dictionary<AnswerKey, int>(); // of what is asked, among what is asked
        var asked = new List<TRequest>();
        var waiting = new List<List<int>>();
        for (int i = 0; i < keys.Length; i++)
        {
            if (store.TryGet(keys[i], out T? known))
            {
                Remembered++;
                answers[i] = known;
                answered?.Invoke(i, known);
            }
            else if (places.TryGetValue(keys[i], out int place))
            {
                Remembered++;
                waiting[place].Add(i);
            }
            else
            {
                places[keys[i]] = asked.Count;
                asked.Add(requests[i]);
                waiting.Add([i]);
            }
        }
        var there = new bool[asked.Count];

        void Keep(int place, T answer)
        {
            if (there[place])
                return;
            store.Add(keys[waiting[place][0]], answer);
            there[place] = true;
            foreach (int i in waiting[place])
            {
                answers[i] = answer;
                answered?.Invoke(i, answer);
            }
        }

        IReadOnlyList<T> all = asked.Count == 0 ? [] : ask(asked, Keep, cancellationToken);
        if (all.Count != asked.Count)
            throw new InvalidOperationException($"The model '{model.Name}' answered {all.Count} of {asked.Count} requests.");
        for (int place = 0; place < all.Count; place++)
            Keep(place, all[place]);
        return answers;
    }
}
