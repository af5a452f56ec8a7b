namespace Castalia.Evaluation;

/// <summary>
/// Finds the few keys that an index needs among the lines of a task file, without reading it as YAML: thousands of files are indexed for a
/// run of three. It knows only the plain forms of keys and values, and says so when it meets another.
/// </summary>
internal sealed class HeaderLines(string text)
{
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);
    private List<string>? _open; // a key's list that may go on in the lines below
    private bool _single; // a key with a value of its own on its line

    /// <summary>The header; null where the file is not written in plain forms alone.</summary>
    public TaskFileHeader? Read()
    {
        bool any = false;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> line = raw.TrimEnd();
            if (line.IsEmpty || line[0] == '#' || (!any && line is "---"))
                continue;
            any = true;
            if (!(line[0] is ' ' or '\t' or '-' ? Below(line.TrimStart()) : Key(line)))
                return null;
        }
        bool isGroup = _values.TryGetValue("group", out List<string>? group);
        List<string>? name = isGroup ? group : _values.GetValueOrDefault("task");
        // A name that is a list, a number or nothing at all is YAML's to judge.
        return !any || name is { Count: not 1 } ? null
            : new TaskFileHeader(name?[0], isGroup, _values.GetValueOrDefault("tag"), (IReadOnlyList<string>?)_values.GetValueOrDefault("include") ?? []);
    }

    /// <summary>A line below a key: of interest only where that key's list goes on.</summary>
    private bool Below(ReadOnlySpan<char> line)
    {
        if (_open is null || line[0] == '#')
            return true;
        if (_single || line is not ['-', ' ', ..])
            return false;
        return Scalar(line[1..].Trim(), out string? item) && Keep(item!);

        bool Keep(string value)
        {
            _open.Add(value);
            return true;
        }
    }

    private bool Key(ReadOnlySpan<char> line)
    {
        int colon = line.IndexOf(':');
        if (colon <= 0 || (colon + 1 < line.Length && line[colon + 1] is not (' ' or '\t')) || line[..colon].ContainsAnyExcept(KeyCharacters))
            return false;
        string key = line[..colon].ToString();
        ReadOnlySpan<char> value = line[(colon + 1)..].Trim();
        _open = null;
        if (!Ends(value) || key == "task_list")
            return false;
        // What tasks a group has is read when it is asked for.
        if (key is not ("task" or "group" or "tag" or "include") || (key == "task" && _values.ContainsKey("group")))
            return true;
        if (key == "group")
            _values.Remove("task");
        bool list = key is "tag" or "include";
        var values = new List<string>();
        _values[key] = values;
        if (value.IsEmpty || value[0] == '#')
        {
            // A list of tasks makes a group of the file, whose name stands elsewhere.
            if (key == "task")
                _values.Remove(key);
            _open = list ? values : null;
            _single = false;
            return list || key == "task";
        }
        (_open, _single) = (values, true);
        if (!list || value[0] != '[')
            return Scalar(value, out string? text) && Add(values, text!);
        int end = value.IndexOf(']');
        if (end < 0 || !IsComment(value[(end + 1)..]))
            return false;
        foreach (Range item in value[1..end].Split(','))
        {
            ReadOnlySpan<char> part = value[1..end][item].Trim();
            if (!part.IsEmpty && (!Scalar(part, out string? name) || !Add(values, name!)))
                return false;
        }
        return true;
    }

    private static bool Add(List<string> values, string value)
    {
        values.Add(value);
        return true;
    }

    /// <summary>Whether a value that is opened on its line is closed there as well: the rest of one that is not could look like keys.</summary>
    private static bool Ends(ReadOnlySpan<char> value)
    {
        if (value.IsEmpty)
            return true;
        switch (value[0])
        {
            case '"' or '\'':
                for (int i = 1; i < value.Length; i++)
                {
                    if (value[i] == '\\' && value[0] == '"')
                        i++;
                    else if (value[i] == value[0] && value[0] == '\'' && i + 1 < value.Length && value[i + 1] == '\'')
                        i++;
                    else if (value[i] == value[0])
                        return IsComment(value[(i + 1)..]);
                }
                return false;
            case '[' or '{':
                int depth = 0;
                foreach (char c in value)
                    depth += c is '[' or '{' ? 1 : c is ']' or '}' ? -1 : 0;
                return depth == 0;
            default:
                return true;
        }
    }

    /// <summary>Text as a plain or simply quoted scalar gives it.</summary>
    private static bool Scalar(ReadOnlySpan<char> value, out string? text)
    {
        text = null;
        if (value.IsEmpty)
            return false;
        if (value[0] is '"' or '\'')
        {
            if (value.Length < 2 || value[^1] != value[0] || value[1..^1].ContainsAny(value[0], '\\'))
                return false;
            text = value[1..^1].ToString();
            return true;
        }
        int comment = value.IndexOf(" #");
        if (comment >= 0)
            value = value[..comment].TrimEnd();
        if (value.ContainsAny("[]{}&*!|>%@`\"'#,?") || value.Contains(": ", StringComparison.Ordinal) || value[^1] == ':')
            return false;
        text = YamlScalar.Resolve(value.ToString()) as string;
        return text is not null;
    }

    private static bool IsComment(ReadOnlySpan<char> rest) => rest.TrimStart() is [] or ['#', ..];

    private static readonly System.Buffers.SearchValues<char> KeyCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
}
