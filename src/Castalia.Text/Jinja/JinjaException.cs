namespace Castalia.Text.Jinja;

/// <summary>A template that cannot be read, or that fails on the values it was given.</summary>
/// <param name="problem">What is wrong.</param>
/// <param name="source">The whole template.</param>
/// <param name="position">Where in the template, as an index of its characters.</param>
/// <param name="inner">What it followed from, if anything.</param>
public sealed class JinjaException(string problem, string source, int position, Exception? inner = null)
    : Exception(Compose(problem, source, position), inner)
{
    /// <summary>What is wrong, without the place.</summary>
    public string Problem { get; } = problem;

    /// <summary>The line of the template, counted from 1.</summary>
    public int Line { get; } = Place(source, position).line;

    /// <summary>The column in that line, counted from 1.</summary>
    public int Column { get; } = Place(source, position).column;

    private static (int line, int column) Place(string source, int position)
    {
        ReadOnlySpan<char> before = source.AsSpan(0, Math.Clamp(position, 0, source.Length));
        return (before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }

    private static string Compose(string problem, string source, int position)
    {
        (int line, int column) = Place(source, position);
        int start = Math.Clamp(position, 0, source.Length);
        string near = source[start..Math.Min(source.Length, start + 40)].ReplaceLineEndings(" ");
        return near.Length == 0
            ? $"template line {line}, column {column} (at its end): {problem}"
            : $"template line {line}, column {column} (at '{near}'): {problem}";
    }
}
