using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Chooses the examples that stand before each question, with the harness's generator: one a task, moved on by every document in turn.</summary>
internal sealed class FewshotSampler(TaskConfig config, IReadOnlyList<TaskDocument> pool, int count, long seed)
{
    private readonly PythonRandom _random = new(seed);

    // The harness compares the names of the splits, so that two that are not given count as the same one.
    private readonly bool _mayMeetItself = config.Fewshot.Split == config.TestSplit;

    public IReadOnlyList<TaskDocument> Next(TaskDocument document)
    {
        if (count == 0)
            return [];
        int wanted = _mayMeetItself ? count + 1 : count;
        if (config.Fewshot.FirstN)
        {
            var first = pool.Where(example => !_mayMeetItself || !IsSame(example, document)).Take(count).ToArray();
            return first.Length == count ? first : throw TooFew(count);
        }
        if (wanted > pool.Count)
            throw TooFew(wanted);
        var drawn = _random.Sample(pool.Count, wanted).Select(index => pool[index]);
        return [.. (_mayMeetItself ? drawn.Where(example => !IsSame(example, document)) : drawn).Take(count)];
    }

    private static bool IsSame(TaskDocument a, TaskDocument b) => PythonOperators.AreEqual(a.Row, b.Row);

    private InputException TooFew(int wanted) => new(config.File, $"task '{config.Task}'",
        $"{wanted} examples are needed to draw from, and there are {pool.Count}.", "Ask for fewer few-shot examples.");
}
