using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Builds the requests of a task's documents: the context, and what is scored or made after it.</summary>
internal sealed class InstanceBuilder
{
    // What stands for a gold that is none of the choices: nothing a model says can equal it.
    private const int NoChoice = -100;

    private readonly TaskConfig _config;
    private readonly PromptBuilder _prompt;
    private readonly FieldReader _target;
    private readonly FieldReader? _choice;
    private readonly bool _mutualInformation;
    private readonly string _delimiter;
    private readonly bool _choicesInContext;

    /// <summary>Compiles the task's fields.</summary>
    /// <param name="config">The task.</param>
    /// <param name="first">The first document: the harness reads off it whether the choices stand in the context.</param>
    /// <param name="fewshot">Where examples come from.</param>
    /// <param name="options">How prompts are written.</param>
    public InstanceBuilder(TaskConfig config, TaskDocument first, FewshotSampler fewshot, PromptOptions options)
    {
        var columns = first.Row.Keys.ToHashSet(StringComparer.Ordinal);
        _config = config;
        _prompt = new PromptBuilder(config, columns, fewshot, options);
        _target = new FieldReader(config, "doc_to_target", config.DocToTarget, columns);
        _choice = config.DocToChoice is { } choice ? new FieldReader(config, "doc_to_choice", choice, columns) : null;
        _mutualInformation = config.Metrics.Any(metric => metric.Name == "acc_mutual_info");
        // With a template the answer begins a message of its own, where no delimiter belongs; unless it goes on from a prefix.
        bool begun = config.GenPrefix is { Length: > 0 } prefix && !PythonString.IsSpace(prefix[^1]);
        _delimiter = options.Chat is null || begun ? config.TargetDelimiter : "";
        _choicesInContext = _choice is not null && config.OutputType == OutputType.MultipleChoice && _prompt.Question(first) is long;
    }

    public TaskInstance Build(TaskDocument document)
    {
        object? target = _target.ValueOrList(document);
        if (_config.OutputType == OutputType.LoglikelihoodRolling)
            return new TaskInstance(document, target, []) { Rolling = new RollingRequest(PythonText.Str(target)) };
        object? question = _prompt.Question(document);
        if (_choicesInContext)
            return ChoicesInContext(document, question, target);
        string context = _prompt.Contexts(document, [Text(document, question)], choicesInContext: false)[0];
        switch (_config.OutputType)
        {
            case OutputType.Loglikelihood:
                return new TaskInstance(document, target, [new LoglikelihoodRequest(context, PythonText.Str(target))]);
            case OutputType.GenerateUntil:
                return new TaskInstance(document, target, [])
                {
                    Generation = new GenerationRequest(context, _config.GenerationArguments),
                    Choices = _choice?.Choices(document),
                };
            default:
                IReadOnlyList<string> choices = _choice!.Choices(document);
                return new TaskInstance(document, target, Requests(choices, [.. choices.Select(choice => new LoglikelihoodRequest(context, _delimiter + choice))]))
                {
                    Choices = choices,
                    Gold = Gold(document, "doc_to_target", target, choices),
                };
        }
    }

    /// <summary>Choices that differ in the context, before one and the same continuation: doc_to_text names the right one.</summary>
    private TaskInstance ChoicesInContext(TaskDocument document, object? question, object? target)
    {
        IReadOnlyList<string> choices = _choice!.Choices(document);
        string continuation = _delimiter + PythonText.Str(target);
        string[] contexts = _prompt.Contexts(document, choices, choicesInContext: true);
        return new TaskInstance(document, target, Requests(choices, [.. contexts.Select(context => new LoglikelihoodRequest(context, continuation))]))
        {
            Choices = choices,
            Gold = Gold(document, "doc_to_text", question, choices),
        };
    }

    private IReadOnlyList<LoglikelihoodRequest> Requests(IReadOnlyList<string> choices, LoglikelihoodRequest[] asked) => !_mutualInformation ? asked
        : [.. asked, .. choices.Select(choice => new LoglikelihoodRequest("", _delimiter + choice))];

    private string Text(TaskDocument document, object? question) => question switch
    {
        string text => text,
        long or double or bool => PythonText.Str(question),
        _ => throw document.Error(_config, "doc_to_text", $"gives a {PythonOperators.TypeName(question)}, not text.", "Let it give text."),
    };

    private int[] Gold(TaskDocument document, string key, object? gold, IReadOnlyList<string> choices)
    {
        switch (gold)
        {
            case bool truth: return [truth ? 1 : 0];
            case long index: return [index < choices.Count && index >= -choices.Count ? (int)index : NoChoice];
            case string text: return [Find(choices, text)];
            case IReadOnlyList<object?> { Count: > 0 } several:
                return [.. several.Select(item => item is not long one ? Find(choices, PythonText.Str(item))
                    : one < choices.Count && one >= 0 ? (int)one : NoChoice)];
            default:
                // A built-in function that scores the document needs no gold.
                return _config.ProcessResults is not null ? []
                    : throw document.Error(_config, key, $"gives a {PythonOperators.TypeName(gold)}, not the right choice.", "Let it give a choice or its index.");
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
