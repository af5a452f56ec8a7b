using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Builtins;

/// <summary>The filters on sequences and mappings.</summary>
internal static class SequenceFilters
{
    private static readonly Comparer<object?> Order = Comparer<object?>.Create(PythonOperators.Compare);

    public static IReadOnlyDictionary<string, FilterFunction> All { get; } = new Dictionary<string, FilterFunction>(StringComparer.Ordinal)
    {
        ["batch"] = (x, call) => Batch(PythonSequence.ToList(x), call),
        ["count"] = (x, _) => PythonSequence.Length(x),
        ["dictsort"] = DictSort,
        ["first"] = (x, call) => PythonSequence.ToList(x) is { Count: > 0 } list ? list[0] : call.Scope.Undefined("No first item, sequence was empty."),
        ["items"] = (x, _) => x is JinjaUndefined ? new List<object?>() : Methods.Items(x),
        ["join"] = Join,
        ["last"] = (x, call) => PythonSequence.ToList(x) is { Count: > 0 } list ? list[^1] : call.Scope.Undefined("No last item, sequence was empty."),
        ["length"] = (x, _) => PythonSequence.Length(x),
        ["list"] = (x, _) => new List<object?>(PythonSequence.ToList(x)),
        ["map"] = Map,
        ["max"] = (x, call) => Extreme(x, call, sign: 1),
        ["min"] = (x, call) => Extreme(x, call, sign: -1),
        ["reject"] = (x, call) => Select(x, call, attribute: false, keep: false),
        ["rejectattr"] = (x, call) => Select(x, call, attribute: true, keep: false),
        ["reverse"] = (x, _) => x is string text
            ? string.Concat(PythonString.CodePoints(text).Reverse())
            : PythonSequence.ToList(x).Reverse().ToList(),
        ["select"] = (x, call) => Select(x, call, attribute: false, keep: true),
        ["selectattr"] = (x, call) => Select(x, call, attribute: true, keep: true),
        ["sort"] = Sort,
        ["sum"] = Sum,
        ["unique"] = Unique,
    };

    /// <summary>Follows a dotted path of names and indexes: <c>user.names.0</c>.</summary>
    private static object? Path(object? value, object? path, BuiltinCall call)
    {
        if (path is long index)
            return PythonSequence.TryIndex(value!, index, out object? member) ? member : call.Scope.Undefined($"no element {index}");
        foreach (string part in PythonText.Str(path).Split('.'))
        {
            value = long.TryParse(part, out long at) && value is IReadOnlyList<object?>
                ? (PythonSequence.TryIndex(value, at, out object? member) ? member : call.Scope.Undefined($"no element {at}"))
                : PythonMapping.Is(value) && PythonMapping.TryGet(value!, part, out object? entry) ? entry
                : Nodes.Member.Of(call.Scope, value, part, call.Scope.Position);
        }
        return value;
    }

    private static object? Join(object? value, BuiltinCall call)
    {
        string between = PythonText.Str(call.Get(0, "d", ""));
        object? attribute = call.Get(1, "attribute");
        IReadOnlyList<object?> list = PythonSequence.ToList(value);
        return string.Join(between, list.Select(item => PythonText.Str(attribute is null ? item : Path(item, attribute, call))));
    }

    private static object? Map(object? value, BuiltinCall call)
    {
        IReadOnlyList<object?> list = PythonSequence.ToList(value);
        if (call.Count == 0)
        {
            object? attribute = call.Get(0, "attribute") ?? throw new PythonException("FilterArgumentError: map requires a filter argument");
            bool otherwise = call.Named.ContainsKey("default");
            return list.Select(item => Path(item, attribute, call))
                .Select(found => found is JinjaUndefined && otherwise ? call.Named["default"] : found).ToList();
        }
        string name = call.Text(0, "filter");
        if (!Filters.All.TryGetValue(name, out FilterFunction? filter))
            throw new PythonException($"TemplateRuntimeError: No filter named '{name}'.");
        var inner = call with { Positional = [.. call.Positional.Skip(1)] };
        return list.Select(item => filter(item, inner)).ToList();
    }

    private static List<object?> Select(object? value, BuiltinCall call, bool attribute, bool keep)
    {
        int skip = attribute ? 1 : 0;
        if (attribute && call.Count == 0)
            throw new PythonException("FilterArgumentError: Missing parameter for attribute name");
        TestFunction test = (x, _) => PythonOperators.IsTrue(x);
        if (call.Count > skip && !Tests.All.TryGetValue(call.Text(skip, "test"), out test!))
            throw new PythonException($"TemplateRuntimeError: No test named '{call.Text(skip, "test")}'.");
        var inner = call with { Positional = [.. call.Positional.Skip(skip + 1)] };
        return [.. PythonSequence.ToList(value)
            .Where(item => test(attribute ? Path(item, call.Positional[0], call) : item, inner) == keep)];
    }

    private static List<object?> Sort(object? value, BuiltinCall call)
    {
        bool caseSensitive = call.Truth(1, "case_sensitive", false);
        object? attribute = call.Get(2, "attribute");
        object? Key(object? item) => Folded(attribute is null ? item : Path(item, attribute, call), caseSensitive);
        IReadOnlyList<object?> list = PythonSequence.ToList(value);
        return call.Truth(0, "reverse", false)
            ? [.. list.OrderByDescending(Key, Order)]
            : [.. list.OrderBy(Key, Order)];
    }

    private static List<object?> DictSort(object? value, BuiltinCall call)
    {
        bool caseSensitive = call.Truth(0, "case_sensitive", false), reverse = call.Truth(2, "reverse", false);
        int by = call.Text(1, "by", "key") == "value" ? 1 : 0;
        var pairs = Methods.Items(value).Cast<PythonTuple>();
        object? Key(PythonTuple pair) => Folded(pair[by], caseSensitive);
        return [.. reverse ? pairs.OrderByDescending(Key, Order) : pairs.OrderBy(Key, Order)];
    }

    private static object? Extreme(object? value, BuiltinCall call, int sign)
    {
        bool caseSensitive = call.Truth(0, "case_sensitive", false);
        object? attribute = call.Get(1, "attribute");
        IReadOnlyList<object?> list = PythonSequence.ToList(value);
        if (list.Count == 0)
            return call.Scope.Undefined("No aggregated item, sequence was empty.");
        object? Key(object? item) => Folded(attribute is null ? item : Path(item, attribute, call), caseSensitive);
        object? best = list[0];
        foreach (object? item in list.Skip(1))
        {
            if (PythonOperators.Compare(Key(item), Key(best)) * sign > 0)
                best = item;
        }
        return best;
    }

    private static object? Sum(object? value, BuiltinCall call)
    {
        object? attribute = call.Get(0, "attribute");
        object? sum = call.Get(1, "start", 0L);
        foreach (object? item in PythonSequence.ToList(value))
            sum = PythonOperators.Add(sum, attribute is null ? item : Path(item, attribute, call));
        return sum;
    }

    private static List<object?> Unique(object? value, BuiltinCall call)
    {
        bool caseSensitive = call.Truth(0, "case_sensitive", false);
        object? attribute = call.Get(1, "attribute");
        var seen = new PythonDictionary();
        var kept = new List<object?>();
        foreach (object? item in PythonSequence.ToList(value))
        {
            object? key = Folded(attribute is null ? item : Path(item, attribute, call), caseSensitive);
            if (seen.TryGet(key, out _))
                continue;
            seen.Set(key, null);
            kept.Add(item);
        }
        return kept;
    }

    private static List<object?> Batch(IReadOnlyList<object?> list, BuiltinCall call)
    {
        int count = (int)Math.Clamp(call.Integer(0, "linecount"), 1, int.MaxValue);
        object? fill = call.Get(1, "fill_with");
        var rows = list.Chunk(count).Select(chunk => new List<object?>(chunk)).ToList();
        if (fill is not null && rows.Count > 0)
            rows[^1].AddRange(Enumerable.Repeat(fill, Math.Min(count, 100_000) - rows[^1].Count));
        return [.. rows];
    }

    private static object? Folded(object? key, bool caseSensitive) => key is string text && !caseSensitive ? PythonString.Lower(text) : key;
}
