using Castalia.Text.Jinja.Nodes;
using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Builtins;

/// <summary>The names that every template knows.</summary>
internal static class Globals
{
    private static readonly Dictionary<string, object?> Known = new(StringComparer.Ordinal)
    {
        ["range"] = new JinjaFunction(Range),
        ["dict"] = new JinjaFunction((_, named) => named),
        ["namespace"] = new JinjaFunction(Namespace),
    };

    public static bool TryGet(string name, out object? value) => Known.TryGetValue(name, out value);

    private static PythonRange Range(IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named)
    {
        if (arguments.Count is 0 or > 3 || arguments.Any(a => a is not (long or bool)))
            throw new PythonException("TypeError: range() takes one to three whole numbers");
        long[] numbers = [.. arguments.Select(PythonOperators.ToInteger)];
        return numbers.Length == 1 ? new PythonRange(0, numbers[0], 1) : new PythonRange(numbers[0], numbers[1], numbers.Length == 3 ? numbers[2] : 1);
    }

    private static JinjaNamespace Namespace(IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named)
    {
        var space = new JinjaNamespace();
        foreach (object? mapping in arguments)
        {
            if (!PythonMapping.Is(mapping))
                throw new PythonException("TypeError: namespace() takes mappings and keyword arguments");
            foreach ((object key, object? value) in PythonMapping.Entries(mapping!))
                space.Members[PythonText.Str(key)] = value;
        }
        foreach ((string name, object? value) in named)
            space.Members[name] = value;
        return space;
    }
}
