using System.Globalization;
using Castalia.Text.Jinja;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>One field of a task, compiled once and applied to documents.</summary>
/// <param name="config">The task.</param>
/// <param name="key">The field's key, for errors.</param>
/// <param name="field">The field.</param>
/// <param name="columns">The data set's columns: a text that is one of their names stands for the column, not for a template.</param>
internal sealed class FieldReader(TaskConfig config, string key, TaskField field, IReadOnlySet<string> columns)
{
    private readonly JinjaTemplate? _template = field is TemplateField template && !columns.Contains(template.Text) ? Compile(config, key, template.Text) : null;

    /// <summary>The value as the harness's doc_to_text and doc_to_target have it: text, an index (long), or a list.</summary>
    public object? Value(TaskDocument document)
    {
        object? value = Raw(document);
        if (_template is null || value is not string text)
            return value;
        if (config.DocToChoice is not null && PythonString.IsDigit(text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long index))
            return index;
        return value;
    }

    /// <summary>The same, and a text in brackets is read as a Python list, if it is one.</summary>
    public object? ValueOrList(TaskDocument document)
    {
        object? value = Value(document);
        if (_template is null || value is not string { Length: >= 2 } text || text is not ['[', .., ']'])
            return value;
        try
        {
            return PythonLiteral.Parse(text);
        }
        catch (PythonException)
        {
            return text; // no list after all, as in the harness
        }
    }

    /// <summary>The choices; none of them is empty.</summary>
    public IReadOnlyList<string> Choices(TaskDocument document)
    {
        object? value = Raw(document);
        // A template prints Python's repr of a list, which is read back as Python would.
        if (value is string printed)
        {
            try
            {
                value = PythonLiteral.Parse(printed);
            }
            catch (PythonException error)
            {
                throw document.Error(config, key, error.Message, "The template must print a Python list.", error);
            }
        }
        if (value is IReadOnlyList<string> texts)
            return texts;
        if (value is not IReadOnlyList<object?> { Count: > 0 } list)
            throw document.Error(config, key, $"gives a {PythonOperators.TypeName(value)}, not a list of choices.", "Let it give a list of texts.");
        var choices = new string[list.Count];
        for (int i = 0; i < choices.Length; i++)
        {
            choices[i] = list[i] as string
                ?? throw document.Error(config, key, $"choice {i} is a {PythonOperators.TypeName(list[i])}, not text.", "Let every choice be text.");
            if (choices[i].Length == 0)
                throw document.Error(config, key, $"choice {i} is empty; its likelihood a character has no meaning.", "Take the document out or mend it.");
        }
        return choices;
    }

    private object? Raw(TaskDocument document)
    {
        switch (field)
        {
            case ConstantField constant: return constant.Value;
            case FunctionField function: return document.Run(config, key, () => function.Function.Apply(document.Row));
            case TemplateField when _template is not null: return document.Run(config, key, () => _template.Render(document.Row));
            default:
                string column = ((TemplateField)field).Text;
                return document.Row.TryGetValue(column, out object? value) ? value
                    : throw document.Error(config, key, $"the document has no column '{column}'.", "Every row needs the columns that the task reads.");
        }
    }

    internal static JinjaTemplate Compile(TaskConfig config, string key, string text)
    {
        try
        {
            return JinjaTemplate.Parse(text);
        }
        catch (JinjaException error)
        {
            throw new InputException(config.File, $"task '{config.Task}', {key}", error.Message, "Correct the template.", error);
        }
    }
}
