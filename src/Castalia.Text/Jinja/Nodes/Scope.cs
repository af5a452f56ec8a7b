using System.Text;
using Castalia.Text.Jinja.Builtins;
using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Nodes;

/// <summary>One rendering: the values, the names set so far, the text written so far, and how much of its bounds is used.</summary>
internal sealed class Scope(IReadOnlyDictionary<string, object?> values, JinjaOptions options)
{
    private const int MaxDepth = 100;

    private StringBuilder _output = new();
    private Frame? _frame;
    private int _rounds;
    private int _depth;
    private int _written;

    /// <summary>Index in the template of what is being done, for errors.</summary>
    public int Position { get; set; }

    public string Output => _output.ToString();

    /// <summary>The innermost block of names; a macro keeps the one it was made in.</summary>
    public Frame? Names => _frame;

    public object? Get(string name)
    {
        for (Frame? frame = _frame; frame is not null; frame = frame.Outer)
        {
            if (frame.Names.TryGetValue(name, out object? local))
                return local;
        }
        if (values.TryGetValue(name, out object? value))
            return Plain(value);
        return Globals.TryGet(name, out object? known) ? known : Undefined($"'{name}' is undefined");
    }

    public void Set(string name, object? value)
    {
        _frame ??= new Frame(null);
        _frame.Names[name] = value;
    }

    public JinjaUndefined Undefined(string description) => new(description, options.StrictUndefined);

    public void Write(string text)
    {
        Count(text.Length);
        _output.Append(text);
    }

    public void WriteValue(object? value)
    {
        if (value is string text)
        {
            Write(text);
            return;
        }
        int before = _output.Length;
        PythonText.AppendStr(_output, value);
        Count(_output.Length - before);
    }

    /// <summary>Counts one round of a loop or one call.</summary>
    public void Round()
    {
        if (++_rounds > options.MaxRounds)
            throw new PythonException($"the template takes more than {options.MaxRounds} loop rounds and calls");
    }

    /// <summary>Runs a body with names of its own, inside the present ones or inside <paramref name="outer"/>.</summary>
    public void Inside(Frame? outer, Action body)
    {
        Frame? before = _frame;
        if (++_depth > MaxDepth)
            throw new PythonException($"RecursionError: loops and macros nested more than {MaxDepth} deep");
        _frame = new Frame(outer);
        try
        {
            body();
        }
        finally
        {
            _frame = before;
            _depth--;
        }
    }

    /// <summary>Runs statements and gives what they wrote instead of writing it.</summary>
    public string Capture(Statement[] body)
    {
        StringBuilder before = _output;
        _output = new StringBuilder();
        try
        {
            foreach (Statement statement in body)
                statement.Execute(this);
            return _output.ToString();
        }
        finally
        {
            _output = before;
        }
    }

    private void Count(int length)
    {
        _written += length;
        if (_written > options.MaxOutputLength)
            throw new PythonException($"the template writes more than {options.MaxOutputLength} characters");
    }

    /// <summary>C#'s own small numbers as a template knows numbers.</summary>
    private static object? Plain(object? value) => value switch
    {
        int number => (long)number,
        float number => (double)number,
        _ => value,
    };

    /// <summary>The names of one block.</summary>
    public sealed class Frame(Frame? outer)
    {
        public Frame? Outer { get; } = outer;

        public Dictionary<string, object?> Names { get; } = new(StringComparer.Ordinal);
    }
}
