using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// A Python file beside a task, as the definitions at its top level. It is read and never run: only definitions that are written in one of the
/// shapes of <see cref="PythonShapes"/> mean anything here.
/// </summary>
internal sealed class PythonSource
{
    private const int MostCharacters = 1 << 20;
    private readonly Dictionary<string, string> _functions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly bool _definesUnseen;

    private PythonSource(string file, string text)
    {
        File = file;
        foreach (string statement in Statements(text))
        {
            Define(statement);
            _definesUnseen |= statement.StartsWith("from ", StringComparison.Ordinal) || statement.StartsWith("globals()", StringComparison.Ordinal)
                || statement.StartsWith("class ", StringComparison.Ordinal) || statement.StartsWith('@');
        }
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>All definitions of functions by name: parameters and body, one statement a line, white space made one.</summary>
    public IReadOnlyDictionary<string, string> Functions => _functions;

    /// <summary>All values by name, as they are written.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>
    /// Whether the file may define a name: it does so in plain sight, brings it from elsewhere, or puts names among its own that only a run would tell.
    /// </summary>
    public bool Has(string name) => _functions.ContainsKey(name) || _values.ContainsKey(name) || _definesUnseen;

    /// <summary>Reads a file; null if there is none, or it is larger than any such file is.</summary>
    public static PythonSource? Read(string file)
    {
        var info = new FileInfo(file);
        if (!info.Exists || info.Length > MostCharacters)
            return null;
        try
        {
            return new PythonSource(file, System.IO.File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(file, "the file", $"cannot be read: {e.Message}", "A task names a function in it; make the file readable.", e);
        }
    }

    /// <summary>Python's value of what is written, if it is a literal.</summary>
    public static bool TryLiteral(string text, out object? value)
    {
        try
        {
            value = PythonLiteral.Parse(text);
            return true;
        }
        catch (Exception e) when (e is PythonException or FormatException)
        {
            value = null;
            return false;
        }
    }

    private void Define(string statement)
    {
        if (statement.StartsWith("def ", StringComparison.Ordinal) && statement.IndexOf('(', StringComparison.Ordinal) is > 4 and var open)
        {
            _functions[statement[4..open].Trim()] = statement[open..];
            return;
        }
        int equals = statement.IndexOf(" = ", StringComparison.Ordinal);
        if (equals > 0 && statement.AsSpan(0, equals).IndexOfAnyExcept(NameCharacters) < 0)
            _values[statement[..equals]] = statement[(equals + 3)..];
    }

    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    /// <summary>
    /// The statements at the top level, each with the lines indented below it. Within a statement comments are gone, lines in brackets are joined
    /// and a run of white space outside texts is one space.
    /// </summary>
    private static IEnumerable<string> Statements(string text)
    {
        var statement = new StringBuilder();
        foreach ((string line, bool indented) in Lines(text))
        {
            if (!indented && statement.Length > 0 && !statement.ToString().StartsWith('@'))
            {
                yield return statement.ToString();
                statement.Clear();
            }
            if (statement.Length > 0)
                statement.Append('\n');
            statement.Append(line);
        }
        if (statement.Length > 0)
            yield return statement.ToString();
    }

    /// <summary>Logical lines that are not empty, and whether each is indented.</summary>
    private static IEnumerable<(string Line, bool Indented)> Lines(string text)
    {
        var line = new StringBuilder();
        int depth = 0;
        bool indented = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '"' or '\'')
            {
                int end = EndOfText(text, i);
                line.Append(text, i, end - i);
                i = end - 1;
                continue;
            }
            if (c == '#')
            {
                while (i + 1 < text.Length && text[i + 1] != '\n')
                    i++;
                continue;
            }
            if (c == '\\' && i + 1 < text.Length && text[i + 1] is '\n' or '\r')
                continue;
            depth += c is '(' or '[' or '{' ? 1 : c is ')' or ']' or '}' ? -1 : 0;
            if (c == '\n' && depth <= 0)
            {
                if (Trimmed(line) is { Length: > 0 } whole)
                    yield return (whole, indented);
                line.Clear();
                depth = 0;
                indented = false;
                continue;
            }
            if (!char.IsWhiteSpace(c))
            {
                // What stands first or last in brackets touches them, however the lines were broken; a comma before the bracket closes is gone.
                if (c is ')' or ']' or '}')
                    TrimEnd(line);
                line.Append(c);
            }
            else if (line.Length == 0)
                indented = true;
            else if (line[^1] is not (' ' or '(' or '[' or '{'))
                line.Append(' ');
        }
        if (Trimmed(line) is { Length: > 0 } last)
            yield return (last, indented);
    }

    private static string Trimmed(StringBuilder line) => line.ToString().Trim();

    private static void TrimEnd(StringBuilder line)
    {
        int end = line.Length;
        while (end > 0 && line[end - 1] == ' ')
            end--;
        if (end > 1 && line[end - 1] == ',' && !InOneTuple(line, end))
            end--;
        line.Length = end;
    }

    /// <summary>The comma of <c>(x,)</c> makes a tuple and stays.</summary>
    private static bool InOneTuple(StringBuilder line, int end)
    {
        for (int i = end - 2; i >= 0; i--)
        {
            if (line[i] == ',' || line[i] is '[' or '{')
                return false;
            if (line[i] == '(')
                return i == 0 || !(char.IsLetterOrDigit(line[i - 1]) || line[i - 1] is '_' or ')' or ']');
        }
        return false;
    }

    /// <summary>The place after a text that begins here, in one or three quotes.</summary>
    private static int EndOfText(string text, int start)
    {
        char quote = text[start];
        string three = new(quote, 3);
        bool isLong = string.CompareOrdinal(text, start, three, 0, 3) == 0;
        int i = start + (isLong ? 3 : 1);
        for (; i < text.Length; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (isLong ? string.CompareOrdinal(text, i, three, 0, 3) == 0 : text[i] == quote || text[i] == '\n')
                return Math.Min(text.Length, i + (isLong ? 3 : text[i] == quote ? 1 : 0));
        }
        return text.Length;
    }
}
