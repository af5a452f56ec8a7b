using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Builds the requests of a task's documents: description, examples, question, and what is scored after them.</summary>
internal sealed class InstanceBuilder(TaskConfig config, DocumentReading reading, FewshotSampler fewshot)
{
    // What stands for a gold that is none of the choices: nothing a model says can equal it.
    private const int NoChoice = -100;

    private readonly bool _mutualInformation = config.Metrics.Any(metric => metric.Metric.Name == "acc_mutual_info");

    public TaskInstance Build(TaskDocument document)
    {
        object? target = reading.Target(document);
        if (config.OutputType == OutputType.LoglikelihoodRolling)
            return new TaskInstance(document, target, null, [], [], new RollingRequest(PythonText.Str(target)));
        string context = Context(document);
        if (config.OutputType == OutputType.Loglikelihood)
            return new TaskInstance(document, target, null, [], [new LoglikelihoodRequest(context, PythonText.Str(target))], null);
        IReadOnlyList<string> choices = reading.Choices(document);
        var requests = choices.Select(choice => new LoglikelihoodRequest(context, config.TargetDelimiter + choice));
        if (_mutualInformation)
            requests = requests.Concat(choices.Select(choice => new LoglikelihoodRequest("", config.TargetDelimiter + choice)));
        return new TaskInstance(document, target, choices, Gold(document, target, choices), [.. requests], null);
    }

    private string Context(TaskDocument document)
    {
        string question = reading.Text(document);
        IReadOnlyList<TaskDocument> examples = fewshot.Next(document);
        if (examples.Count == 0 && config.Description.Length == 0)
            return question;
        var text = new StringBuilder(reading.Description(document));
        foreach (TaskDocument example in examples)
            text.Append(reading.Text(example)).Append(config.TargetDelimiter).Append(Answer(example)).Append(config.FewshotDelimiter);
        return text.Append(question).ToString();
    }

    /// <summary>The answer of an example as text.</summary>
    private string Answer(TaskDocument example)
    {
        object? target = reading.Target(example);
        if (target is long index && config.DocToChoice is not null)
        {
            IReadOnlyList<string> choices = reading.Choices(example);
            long at = index < 0 ? index + choices.Count : index;
            return at >= 0 && at < choices.Count ? choices[(int)at]
                : throw example.Error(config, "doc_to_target", $"gives choice {index} of {choices.Count}.",
                    "The answer of an example must be one of its choices.");
        }
        return PythonText.Str(target is IReadOnlyList<object?> { Count: > 0 } several ? several[0] : target);
    }

    private int[] Gold(TaskDocument document, object? target, IReadOnlyList<string> choices)
    {
        switch (target)
        {
            case long index: return [index < choices.Count && index >= -choices.Count ? (int)index : NoChoice];
            case string text: return [Find(choices, text)];
            case IReadOnlyList<object?> { Count: > 0 } several:
                return [.. several.Select(item => item is not long one ? Find(choices, PythonText.Str(item))
                    : one < choices.Count && one >= 0 ? (int)one : NoChoice)];
            default:
                throw document.Error(config, "doc_to_target", $"gives a {PythonOperators.TypeName(target)}, not the right choice.",
                    "Let it give a choice or its index.");
        }
    }

    private static int Find(IReadOnlyList<string> choices, string text)
    {
        for (int i = 0; i < choices.Count; i++)
        {
            if (choices[i] == text)
                return i;
        }
        return NoChoice;
    }
}
