using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>What an instruction of IFEval is about.</summary>
/// <param name="name">The instruction's name, for the errors.</param>
/// <param name="values">Its <c>kwargs</c>.</param>
/// <remarks>The harness draws at random what is not given; here it is an error, since no check could be told from chance.</remarks>
internal sealed class InstructionArguments(string name, Row values)
{
    /// <summary>The instruction's name.</summary>
    public string Name => name;

    /// <summary>A text without white space around it.</summary>
    public string Text(string key) => Value(key) is string text ? PythonString.Strip(text) : throw Missing(key);

    /// <summary>A whole number.</summary>
    public long Number(string key) => Value(key) switch
    {
        long number => number,
        double number when number == Math.Floor(number) => (long)number,
        _ => throw Missing(key),
    };

    /// <summary>A list of texts.</summary>
    public IEnumerable<string> Texts(string key) => Value(key) is IReadOnlyList<object?> list ? list.Cast<string>() : throw Missing(key);

    /// <summary>Whether a count is as the relation <c>less than</c> or <c>at least</c> wants it.</summary>
    public bool Compares(long count, string limitKey, string relationKey) => Value(relationKey) switch
    {
        "less than" => count < Number(limitKey),
        "at least" => count >= Number(limitKey),
        _ => throw Missing(relationKey),
    };

    private object? Value(string key) => values.TryGetValue(key, out object? value) ? value : null;

    private PythonException Missing(string key) => new($"ValueError: the instruction '{name}' lacks '{key}', or it is of the wrong kind");
}
