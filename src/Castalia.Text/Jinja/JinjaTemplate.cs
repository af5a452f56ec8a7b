using Castalia.Text.Jinja.Nodes;
using Castalia.Text.Jinja.Python;
using Castalia.Text.Jinja.Syntax;

namespace Castalia.Text.Jinja;

/// <summary>
/// A Jinja2 template, parsed once and rendered as often as wanted, with Python's rules for truth, text, numbers and white space. Holds no state
/// between renderings and may be used by several threads at once. Values are null, bool, long, double, string, lists
/// (<see cref="IReadOnlyList{T}"/> of object), mappings (<see cref="IReadOnlyDictionary{TKey, TValue}"/> from string to object) and
/// <see cref="IJinjaCallable"/>.
/// </summary>
public sealed class JinjaTemplate
{
    /// <summary>The longest template that is read, in characters.</summary>
    public const int MaxSourceLength = 1024 * 1024;

    private readonly Statement[] _body;
    private readonly JinjaOptions _options;

    private JinjaTemplate(string source, Statement[] body, JinjaOptions options)
    {
        Source = source;
        _body = body;
        _options = options;
    }

    /// <summary>The template's text.</summary>
    public string Source { get; }

    /// <summary>Reads a template.</summary>
    /// <param name="source">The template's text.</param>
    /// <param name="options">How to read and run it; <see cref="JinjaOptions.Harness"/> if null.</param>
    /// <exception cref="JinjaException">The text is no template, or names a filter or test that does not exist.</exception>
    public static JinjaTemplate Parse(string source, JinjaOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= JinjaOptions.Harness;
        if (source.Length > MaxSourceLength)
            throw new JinjaException($"is {source.Length} characters long; at most {MaxSourceLength} are read", source, 0);
        var tokens = new Lexer(source, options).Read();
        return new JinjaTemplate(source, new Parser(source, tokens).Template(), options);
    }

    /// <summary>The text that the template gives for these values.</summary>
    /// <exception cref="JinjaException">A name is unknown, an operation fails, or a bound of the options is passed.</exception>
    public string Render(IReadOnlyDictionary<string, object?> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        // The greater part of the harness's templates is plain text or one text column.
        if (_body is [])
            return "";
        if (_body is [TemplateText { Value: var only }])
            return only;
        var scope = new Scope(values, _options);
        try
        {
            foreach (Statement statement in _body)
                statement.Execute(scope);
            return scope.Output;
        }
        catch (PythonException error)
        {
            throw new JinjaException(error.Message, Source, scope.Position, error);
        }
    }
}
