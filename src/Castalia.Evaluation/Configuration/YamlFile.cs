using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Castalia.Evaluation;

/// <summary>Reads a task file: YAML as PyYAML reads it, with <c>!function</c> and <c>include</c>, each value with the place it was written in.</summary>
internal static class YamlFile
{
    private const int MaxBytes = 8 * 1024 * 1024;
    private const int MaxDepth = 32;
    private const int MaxNodes = 200_000;
    private const int MaxIncludes = 16;

    /// <summary>The file's keys. Those of included files come first, later includes over earlier ones, the file's own over all.</summary>
    public static OrderedDictionary<string, YamlEntry> Read(string path) => Read(Path.GetFullPath(path), []);

    private static OrderedDictionary<string, YamlEntry> Read(string path, List<string> including)
    {
        if (including.Contains(path))
            throw new InputException(path, "include", "the file includes itself.", "Take one of the includes out.");
        if (including.Count >= MaxIncludes)
            throw new InputException(path, "include", $"files include each other more than {MaxIncludes} deep.", "Flatten the includes.");
        OrderedDictionary<string, YamlEntry> own = Keys(path);
        var merged = new OrderedDictionary<string, YamlEntry>(StringComparer.Ordinal);
        if (own.Remove("include", out YamlEntry? include))
        {
            object?[] names = include.Value is object?[] list ? list : [include.Value];
            foreach (object? name in names)
            {
                if (name is not string relative)
                    throw new InputException(path, $"line {include.Line}, include", "expected a file name or a list of them.",
                        "Name the file to include.");
                string target = Path.GetFullPath(relative, Path.GetDirectoryName(path)!);
                if (!File.Exists(target))
                    throw new InputException(path, $"line {include.Line}, include", $"there is no file {target}.",
                        "Correct the name; it is taken from the file's own folder.");
                foreach ((string key, YamlEntry value) in Read(target, [.. including, path]))
                    merged[key] = value;
            }
        }
        foreach ((string key, YamlEntry value) in own)
            merged[key] = value;
        return merged;
    }

    /// <summary>The file's keys without those of included files.</summary>
    public static OrderedDictionary<string, YamlEntry> OwnKeys(string path) => Keys(Path.GetFullPath(path));

    private static OrderedDictionary<string, YamlEntry> Keys(string path)
    {
        string text = InputFile.ReadAllText(path, MaxBytes);
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException error)
        {
            throw new InputException(path, $"line {error.Start.Line}, column {error.Start.Column}", $"this is no YAML: {error.Message}",
                "Correct the file.", error);
        }
        if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
            throw new InputException(path, null, "expected one mapping of keys to values.",
                "A task file has keys such as 'task:' at its top.");
        var conversion = new Conversion(path);
        var keys = new OrderedDictionary<string, YamlEntry>(StringComparer.Ordinal);
        foreach ((YamlNode key, YamlNode value) in root.Children)
            keys[conversion.Key(key)] = new YamlEntry(conversion.Value(value, 0), path, key.Start.Line);
        return keys;
    }

    /// <summary>Turns nodes into plain values. Aliases may repeat nodes, so what is counted is nodes visited, not nodes written.</summary>
    private sealed class Conversion(string path)
    {
        private int _nodes;

        public string Key(YamlNode key) => key is YamlScalarNode { Value: { } name } ? name
            : throw Error(key, "a key must be text.");

        public object? Value(YamlNode node, int depth)
        {
            if (depth > MaxDepth)
                throw Error(node, $"values are nested more than {MaxDepth} deep.");
            if (++_nodes > MaxNodes)
                throw Error(node, $"the file unfolds to more than {MaxNodes} values.");
            string tag = node.Tag.IsEmpty ? "" : node.Tag.Value;
            switch (node)
            {
                case YamlScalarNode scalar when tag == "!function": return new YamlFunction(scalar.Value ?? "");
                case YamlScalarNode scalar when tag is "" or "?" or "!" or "tag:yaml.org,2002:str":
                    string text = scalar.Value ?? "";
                    return scalar.Style == ScalarStyle.Plain && tag is "" or "?" ? YamlScalar.Resolve(text) : text;
                case YamlSequenceNode list when tag == "":
                    return list.Children.Select(child => Value(child, depth + 1)).ToArray();
                case YamlMappingNode mapping when tag == "": return Mapping(mapping, depth);
                default: throw Error(node, $"the tag '{tag}' is not supported.");
            }
        }

        private OrderedDictionary<string, object?> Mapping(YamlMappingNode mapping, int depth)
        {
            var values = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
            foreach ((YamlNode key, YamlNode value) in mapping.Children)
            {
                if (key is YamlScalarNode { Value: "<<", Style: ScalarStyle.Plain } && value is YamlMappingNode merged)
                {
                    foreach ((string name, object? inherited) in Mapping(merged, depth + 1))
                        values.TryAdd(name, inherited);
                }
                else
                    values[Key(key)] = Value(value, depth + 1);
            }
            return values;
        }

        private InputException Error(YamlNode node, string problem) =>
            new(path, $"line {node.Start.Line}, column {node.Start.Column}", problem, "Correct the file.");
    }
}
