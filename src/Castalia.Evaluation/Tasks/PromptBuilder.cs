using Castalia.Text.Jinja;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Writes the context of a document: system instruction and description, examples with their answers, the question.</summary>
internal sealed class PromptBuilder
{
    private const int MaxTurns = 100_000;

    private readonly TaskConfig _config;
    private readonly FewshotSampler _fewshot;
    private readonly PromptOptions _options;
    private readonly FieldReader _text;
    private readonly FieldReader _exampleText;
    private readonly FieldReader _exampleTarget;
    private readonly FieldReader? _exampleChoice;
    private readonly JinjaTemplate _description;
    private readonly JinjaTemplate? _prefix;
    private readonly JinjaTemplate? _examplePrefix;
    private readonly Dictionary<int, List<PromptMessage>> _turns = [];

    public PromptBuilder(TaskConfig config, IReadOnlySet<string> columns, FewshotSampler fewshot, PromptOptions options)
    {
        _config = config;
        _fewshot = fewshot;
        _options = options;
        _text = new FieldReader(config, "doc_to_text", config.DocToText, columns);
        _exampleText = new FieldReader(config, "fewshot_config.doc_to_text", config.Fewshot.DocToText, columns);
        _exampleTarget = new FieldReader(config, "fewshot_config.doc_to_target", config.Fewshot.DocToTarget, columns);
        _exampleChoice = config.Fewshot.DocToChoice is { } choice ? new FieldReader(config, "fewshot_config.doc_to_choice", choice, columns) : null;
        _description = FieldReader.Compile(config, "description", config.Description);
        _prefix = config.GenPrefix is { } prefix ? FieldReader.Compile(config, "gen_prefix", prefix) : null;
        _examplePrefix = config.Fewshot.GenPrefix is { } own ? FieldReader.Compile(config, "fewshot_config.gen_prefix", own) : null;
    }

    /// <summary>The question of a document: text, or the index of a choice where the choices stand in the context.</summary>
    public object? Question(TaskDocument document) => _text.Value(document);

    /// <summary>What the model's answer is made to begin with; null for nothing.</summary>
    public string? Prefix(TaskDocument document) => Resolve(document, "gen_prefix", _config.GenPrefix, _prefix);

    /// <summary>The context of a document; moves the choice of examples on.</summary>
    /// <param name="document">The document.</param>
    /// <param name="questions">What is asked at the end: one text, or one a choice.</param>
    /// <param name="choicesInContext">Whether examples, too, name the choice in their question.</param>
    /// <returns>One context a question.</returns>
    public string[] Contexts(TaskDocument document, IReadOnlyList<string> questions, bool choicesInContext)
    {
        IReadOnlyList<TaskDocument> examples = _fewshot.Next(document);
        string description = Resolve(document, "description", _config.Description, _description) ?? "";
        string system = PromptMessage.Delimited(_options.SystemInstruction, description, _config.FewshotDelimiter);
        var messages = new List<PromptMessage>(2 * examples.Count + 3);
        if (system.Length > 0)
            messages.Add(new PromptMessage("system", system));
        // The harness resolves the examples' prefix on the document that is asked, not on the example.
        string? prefix = examples.Count > 0 ? Resolve(document, "fewshot_config.gen_prefix", _config.Fewshot.GenPrefix, _examplePrefix) : null;
        foreach (TaskDocument example in examples)
            messages.AddRange(Turn(example, choicesInContext, prefix));
        int before = messages.Count;
        string? begun = Prefix(document);
        var contexts = new string[questions.Count];
        for (int i = 0; i < contexts.Length; i++)
        {
            messages.RemoveRange(before, messages.Count - before);
            string question = questions[i];
            // Where choices stand in the context nothing parts question and prefix: so does the harness.
            bool delimited = !choicesInContext && !string.IsNullOrEmpty(begun) && PromptMessage.NeedsDelimiter(question, begun);
            messages.Add(new PromptMessage("user", question, delimited ? _config.TargetDelimiter : ""));
            if (!string.IsNullOrEmpty(begun))
                messages.Add(new PromptMessage("assistant", begun));
            contexts[i] = _options.Chat is { } chat
                ? chat.Apply(_options.Multiturn ? PromptMessage.Turns(messages) : PromptMessage.SingleTurn(messages), string.IsNullOrEmpty(begun))
                : PromptMessage.Text(messages);
        }
        return contexts;
    }

    /// <summary>An example's question and answer; the same example stands before many questions and is written once.</summary>
    private List<PromptMessage> Turn(TaskDocument example, bool choicesInContext, string? prefix)
    {
        if (prefix is null && _turns.TryGetValue(example.Id, out List<PromptMessage>? known))
            return known;
        var messages = new List<PromptMessage>(2);
        Add(messages, example, choicesInContext, prefix);
        if (prefix is null && _turns.Count < MaxTurns)
            _turns[example.Id] = messages;
        return messages;
    }

    private void Add(List<PromptMessage> messages, TaskDocument example, bool choicesInContext, string? prefix)
    {
        object? question = _exampleText.Value(example), answer = _exampleTarget.ValueOrList(example);
        IReadOnlyList<string>? choices = _exampleChoice?.Choices(example);
        if (choicesInContext)
            (question, choices) = (Chosen(example, question, choices), null);
        FewshotConfig fewshot = _config.Fewshot;
        bool answered = answer is not (null or "");
        string text = Text(example, "fewshot_config.doc_to_text", question);
        messages.Add(new PromptMessage("user", text, string.IsNullOrEmpty(prefix) ? answered ? fewshot.TargetDelimiter : ""
            : PromptMessage.NeedsDelimiter(text, prefix) ? fewshot.TargetDelimiter : ""));
        if (answered)
        {
            string said = answer switch
            {
                long when choices is not null => Chosen(example, answer, choices),
                IReadOnlyList<object?> { Count: > 0 } several => Text(example, "fewshot_config.doc_to_target", several[0]),
                _ => Text(example, "fewshot_config.doc_to_target", answer),
            };
            messages.Add(new PromptMessage("assistant", PromptMessage.Delimited(prefix, said, " "), fewshot.FewshotDelimiter));
        }
        else if (!string.IsNullOrEmpty(prefix))
            messages.Add(new PromptMessage("assistant", prefix));
    }

    private string Chosen(TaskDocument example, object? index, IReadOnlyList<string>? choices)
    {
        if (index is not long number || choices is null)
            throw example.Error(_config, "fewshot_config.doc_to_choice", "the example names no choice.", "Every document needs choices and the index of one.");
        long at = number < 0 ? number + choices.Count : number;
        return at >= 0 && at < choices.Count ? choices[(int)at]
            : throw example.Error(_config, "doc_to_target", $"gives choice {number} of {choices.Count}.", "The answer of an example must be one of its choices.");
    }

    // The harness refuses an example whose question or answer is no text; numbers out of a column are taken for what they show here.
    private string Text(TaskDocument example, string key, object? value) => value switch
    {
        string text => text,
        long or double or bool => PythonText.Str(value),
        _ => throw example.Error(_config, key, $"gives a {PythonOperators.TypeName(value)}, not text.", "Let it give text."),
    };

    private string? Resolve(TaskDocument document, string key, string? field, JinjaTemplate? template)
    {
        if (string.IsNullOrEmpty(field))
            return null;
        return document.Row.TryGetValue(field, out object? value) ? PythonText.Str(value) : document.Run(_config, key, () => template!.Render(document.Row));
    }
}
