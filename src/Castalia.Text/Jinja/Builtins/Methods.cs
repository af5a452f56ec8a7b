using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Builtins;

/// <summary>The methods of text, lists and mappings that a template may call.</summary>
internal static class Methods
{
    private delegate object? TextMethod(string text, BuiltinCall call);

    private static readonly Dictionary<string, TextMethod> OfText = new(StringComparer.Ordinal)
    {
        ["capitalize"] = (s, _) => PythonString.Capitalize(s),
        ["count"] = (s, call) => Count(s, call.Text(0, "sub")),
        ["endswith"] = (s, call) => Affixes(call).Any(a => s.EndsWith(a, StringComparison.Ordinal)),
        ["find"] = (s, call) => Find(s, call.Text(0, "sub"), fromEnd: false),
        ["format"] = (s, call) => PythonFormat.Braces(s, call.Positional, call.Named),
        ["index"] = (s, call) => Find(s, call.Text(0, "sub"), fromEnd: false) is >= 0 and var at ? at
            : throw new PythonException("ValueError: substring not found"),
        ["isalnum"] = (s, _) => s.Length > 0 && s.All(char.IsLetterOrDigit),
        ["isalpha"] = (s, _) => s.Length > 0 && s.All(char.IsLetter),
        ["isdecimal"] = (s, _) => s.Length > 0 && s.All(char.IsDigit),
        ["isdigit"] = (s, _) => PythonString.IsDigit(s),
        ["islower"] = (s, _) => s == PythonString.Lower(s) && s != PythonString.Upper(s),
        ["isnumeric"] = (s, _) => s.Length > 0 && s.All(char.IsNumber),
        ["isspace"] = (s, _) => s.Length > 0 && s.All(PythonString.IsSpace),
        ["isupper"] = (s, _) => s == PythonString.Upper(s) && s != PythonString.Lower(s),
        ["join"] = (s, call) => string.Join(s, PythonSequence.ToList(call.Get(0, "iterable")).Select(item => item as string
            ?? throw new PythonException($"TypeError: sequence item: expected str instance, {PythonOperators.TypeName(item)} found"))),
        ["lower"] = (s, _) => PythonString.Lower(s),
        ["lstrip"] = (s, call) => PythonString.LeftStrip(s, call.TextOrNone(0, "chars")),
        ["partition"] = (s, call) => Partition(s, call.Text(0, "sep"), fromEnd: false),
        ["removeprefix"] = (s, call) => s.StartsWith(call.Text(0, "prefix"), StringComparison.Ordinal) ? s[call.Text(0, "prefix").Length..] : s,
        ["removesuffix"] = (s, call) => s.EndsWith(call.Text(0, "suffix"), StringComparison.Ordinal) ? s[..^call.Text(0, "suffix").Length] : s,
        ["replace"] = (s, call) => Filters.Replace(s, call.Text(0, "old"), call.Text(1, "new"), call.Get(2, "count")),
        ["rfind"] = (s, call) => Find(s, call.Text(0, "sub"), fromEnd: true),
        ["rpartition"] = (s, call) => Partition(s, call.Text(0, "sep"), fromEnd: true),
        ["rsplit"] = RightSplit,
        ["rstrip"] = (s, call) => PythonString.RightStrip(s, call.TextOrNone(0, "chars")),
        ["split"] = (s, call) => Texts(call.TextOrNone(0, "sep") is { } separator
            ? PythonString.Split(s, separator, call.Integer(1, "maxsplit", -1))
            : PythonString.SplitAtSpace(s, call.Integer(1, "maxsplit", -1))),
        ["splitlines"] = (s, _) => Texts(PythonString.SplitLines(s)),
        ["startswith"] = (s, call) => Affixes(call).Any(a => s.StartsWith(a, StringComparison.Ordinal)),
        ["strip"] = (s, call) => PythonString.Strip(s, call.TextOrNone(0, "chars")),
        ["title"] = (s, _) => PythonString.Title(s),
        ["upper"] = (s, _) => PythonString.Upper(s),
        ["zfill"] = (s, call) => s is ['-' or '+', ..]
            ? s[0] + s[1..].PadLeft((int)Math.Clamp(call.Integer(0, "width") - 1, 0, 10_000), '0')
            : s.PadLeft((int)Math.Clamp(call.Integer(0, "width"), 0, 10_000), '0'),
    };

    private static readonly HashSet<string> OfLists = ["index", "count", "append", "copy"];
    private static readonly HashSet<string> OfMappings = ["get", "items", "keys", "values", "copy"];

    /// <summary>Whether the value has a method of this name.</summary>
    public static bool Has(object? value, string name) => value switch
    {
        string => OfText.ContainsKey(name),
        IReadOnlyList<object?> => OfLists.Contains(name),
        _ => PythonMapping.Is(value) && OfMappings.Contains(name),
    };

    /// <summary>Calls a method that the value has.</summary>
    public static object? Call(object? value, string name, BuiltinCall call) => value switch
    {
        string text => OfText[name](text, call),
        IReadOnlyList<object?> list => OfList(list, name, call),
        _ => OfMapping(value!, name, call),
    };

    /// <summary>Keys and values as pairs.</summary>
    public static List<object?> Items(object? mapping) => PythonMapping.Is(mapping)
        ? [.. PythonMapping.Entries(mapping!).Select(pair => new PythonTuple(pair.Key, pair.Value))]
        : throw new PythonException($"TypeError: Can only get item pairs from a mapping, not from a {PythonOperators.TypeName(mapping)}");

    private static object? OfList(IReadOnlyList<object?> list, string name, BuiltinCall call)
    {
        switch (name)
        {
            case "index":
                object? sought = call.Get(0, "value");
                for (int i = 0; i < list.Count; i++)
                {
                    if (PythonOperators.AreEqual(list[i], sought))
                        return (long)i;
                }
                throw new PythonException($"ValueError: {PythonText.Repr(sought)} is not in list");
            case "count": return (long)list.Count(item => PythonOperators.AreEqual(item, call.Get(0, "value")));
            case "copy": return new List<object?>(list);
            default:
                // Lists of the values that came from outside are arrays: a template changes only what it made itself.
                if (list is not List<object?> own)
                    throw new PythonException("TypeError: only a list that the template made can be appended to");
                own.Add(call.Get(0, "object"));
                return null;
        }
    }

    private static object? OfMapping(object mapping, string name, BuiltinCall call) => name switch
    {
        "get" => PythonMapping.TryGet(mapping, call.Get(0, "key"), out object? value) ? value : call.Get(1, "default"),
        "items" => Items(mapping),
        "keys" => PythonMapping.Entries(mapping).Select(pair => (object?)pair.Key).ToList(),
        "values" => PythonMapping.Entries(mapping).Select(pair => pair.Value).ToList(),
        _ => mapping,
    };

    private static List<object?> Texts(List<string> parts) => [.. parts];

    private static IEnumerable<string> Affixes(BuiltinCall call) =>
        call.Get(0, "prefix") is PythonTuple several ? several.Select(PythonText.Str) : [call.Text(0, "prefix")];

    private static long Count(string text, string part)
    {
        if (part.Length == 0)
            return PythonString.Length(text) + 1;
        long count = 0;
        for (int at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
            count++;
        return count;
    }

    private static long Find(string text, string part, bool fromEnd)
    {
        int at = fromEnd ? text.LastIndexOf(part, StringComparison.Ordinal) : text.IndexOf(part, StringComparison.Ordinal);
        return at <= 0 ? at : PythonString.Length(text[..at]);
    }

    private static PythonTuple Partition(string text, string separator, bool fromEnd)
    {
        int at = fromEnd ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        if (at < 0)
            return fromEnd ? new PythonTuple("", "", text) : new PythonTuple(text, "", "");
        return new PythonTuple(text[..at], separator, text[(at + separator.Length)..]);
    }

    private static object? RightSplit(string text, BuiltinCall call)
    {
        long most = call.Integer(1, "maxsplit", -1);
        string? separator = call.TextOrNone(0, "sep");
        List<string> parts = separator is null ? PythonString.SplitAtSpace(text) : PythonString.Split(text, separator);
        if (most < 0 || parts.Count <= most + 1)
            return Texts(parts);
        if (separator is null)
            throw new PythonException("rsplit with maxsplit and no separator is not supported here");
        int head = parts.Count - (int)most;
        return Texts([string.Join(separator, parts.Take(head)), .. parts.Skip(head)]);
    }
}
