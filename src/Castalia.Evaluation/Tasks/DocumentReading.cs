using System.Globalization;
using Castalia.Text.Jinja;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>A task's doc_to_text, doc_to_target, doc_to_choice and description, compiled once and applied to documents.</summary>
internal sealed class DocumentReading
{
    private readonly TaskConfig _config;
    private readonly Field _text;
    private readonly Field _description;
    private readonly Field? _target;
    private readonly Field[]? _choices;
    private readonly Field? _choice;

    /// <summary>Compiles the templates.</summary>
    /// <param name="config">The task.</param>
    /// <param name="columns">The data set's columns: a text that is one of their names stands for the column, not for a template.</param>
    public DocumentReading(TaskConfig config, IReadOnlySet<string> columns)
    {
        _config = config;
        _text = Compile("doc_to_text", config.DocToText, columns);
        _description = Compile("description", config.Description, new HashSet<string>());
        _target = config.DocToTarget is string target ? Compile("doc_to_target", target, columns) : null;
        _choices = (config.DocToChoice as string[])?.Select(choice => Compile("doc_to_choice", choice, new HashSet<string>())).ToArray();
        _choice = config.DocToChoice is string choice ? Compile("doc_to_choice", choice, columns) : null;
    }

    /// <summary>The description above everything.</summary>
    public string Description(TaskDocument document) => PythonText.Str(Value(_description, document));

    /// <summary>The question.</summary>
    public string Text(TaskDocument document)
    {
        object? text = Value(_text, document);
        if (_config.DocToChoice is not null && text is long or string and { Length: > 0 } && PythonString.IsDigit(PythonText.Str(text)))
        {
            throw document.Error(_config, "doc_to_text",
                $"gives the number {PythonText.Str(text)}, which asks for one context a choice; that is not supported here.",
                "Let doc_to_text give text.");
        }
        return PythonText.Str(text);
    }

    /// <summary>The answer: text, an index (long), or a list.</summary>
    public object? Target(TaskDocument document)
    {
        if (_target is null)
            return _config.DocToTarget;
        object? target = Value(_target, document);
        if (_target.Template is null || target is not string text)
            return target;
        bool mayBeIndex = _config.DocToChoice is not null && PythonString.IsDigit(text);
        if (mayBeIndex && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long index))
            return index;
        return text is ['[', .., ']'] ? Literal(document, "doc_to_target", text) : text;
    }

    /// <summary>The choices; none of them is empty.</summary>
    public IReadOnlyList<string> Choices(TaskDocument document)
    {
        string[] choices = _choices is null ? Listed(document) : [.. _choices.Select(choice => PythonText.Str(Value(choice, document)))];
        int empty = Array.IndexOf(choices, "");
        return empty < 0 ? choices
            : throw document.Error(_config, "doc_to_choice", $"choice {empty} is empty; its likelihood a character has no meaning.",
                "Take the document out or mend it.");
    }

    private string[] Listed(TaskDocument document)
    {
        object? value = Value(_choice!, document);
        // A template prints Python's repr of a list, which is read back as Python would.
        if (value is string text)
            value = Literal(document, "doc_to_choice", text);
        if (value is not IReadOnlyList<object?> { Count: > 0 } list)
            throw document.Error(_config, "doc_to_choice", $"gives a {PythonOperators.TypeName(value)}, not a list of choices.",
                "Let it give a list of texts.");
        var choices = new string[list.Count];
        for (int i = 0; i < choices.Length; i++)
        {
            choices[i] = list[i] as string ?? throw document.Error(_config, "doc_to_choice",
                $"choice {i} is a {PythonOperators.TypeName(list[i])}, not text.", "Let every choice be text.");
        }
        return choices;
    }

    private Field Compile(string key, string text, IReadOnlySet<string> columns)
    {
        if (columns.Contains(text))
            return new Field(key, text, null);
        try
        {
            return new Field(key, null, JinjaTemplate.Parse(text));
        }
        catch (JinjaException error)
        {
            throw new InputException(_config.File, $"task '{_config.Task}', {key}", error.Message, "Correct the template.", error);
        }
    }

    private object? Value(Field field, TaskDocument document)
    {
        if (field.Template is null)
        {
            return document.Row.TryGetValue(field.Column!, out object? value) ? value
                : throw document.Error(_config, field.Key, $"the document has no column '{field.Column}'.",
                    "Every row needs the columns that the task reads.");
        }
        try
        {
            return field.Template.Render(document.Row);
        }
        catch (JinjaException error)
        {
            throw document.Error(_config, field.Key, error.Message, "Correct the template or the document.", error);
        }
    }

    private object? Literal(TaskDocument document, string key, string text)
    {
        try
        {
            return PythonLiteral.Parse(text);
        }
        catch (PythonException error)
        {
            throw document.Error(_config, key, error.Message, "The template must print a Python list.", error);
        }
    }

    /// <summary>A key of the task that is either a column or a template.</summary>
    private sealed record Field(string Key, string? Column, JinjaTemplate? Template);
}
