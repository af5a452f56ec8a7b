using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Castalia.Recipes.Configuration;

/// <summary>
/// Reads YAML into <see cref="ConfigNode"/>s. A file may name others under <c>include</c> (a path or a list of paths, relative to the
/// file that names them); what it says itself wins over what it includes, and later includes win over earlier ones.
/// </summary>
public static class ConfigFile
{
    /// <summary>Largest file read, in bytes. A recipe is written by hand; more than this is another kind of file.</summary>
    public const int MaximumBytes = 1 << 20;

    private const int MaximumDepth = 32, MaximumNodes = 100_000;

    /// <summary>Reads a file with everything it includes.</summary>
    /// <exception cref="InputException">The file is missing, too large, not YAML, not a mapping, or includes itself.</exception>
    public static ConfigMap Load(string path) => Load(path, []);

    /// <summary>Reads one YAML value given as text, for example the right side of <c>--set key=value</c>.</summary>
    /// <exception cref="InputException">The text is not YAML.</exception>
    public static ConfigNode Parse(string text, string origin)
    {
        YamlStream stream = [];
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (Exception e) when (e is YamlException or ArgumentException)
        {
            throw NotYaml(origin, e);
        }
        if (stream.Documents.Count > 1)
            throw new InputException(origin, null, $"expected one YAML document, found {stream.Documents.Count}.", "Keep one and remove the lines with '---'.");
        if (stream.Documents.Count == 0)
            return new ConfigMap(origin, 1, []);
        int nodes = 0;
        return Convert(stream.Documents[0].RootNode, origin, 0, ref nodes);
    }

    private static ConfigMap Load(string path, List<string> open)
    {
        string full = Path.GetFullPath(path);
        if (open.Contains(full))
            throw new InputException(path, null, $"includes itself through {string.Join(" -> ", open.Append(full).Select(Path.GetFileName))}.", "Break the circle of 'include'.");
        var info = new FileInfo(full);
        if (!info.Exists)
            throw new InputException(path, null, "expected a YAML file, found nothing there.", open.Count == 0 ? "Check the path." : $"Check 'include' in {open[^1]}.");
        if (info.Length > MaximumBytes)
            throw new InputException(path, null, $"expected at most {MaximumBytes:N0} bytes, found {info.Length:N0}.", "Is this the file you meant?");
        if (Parse(File.ReadAllText(full), path) is not ConfigMap map)
            throw new InputException(path, "line 1", "expected keys and values ('name: ...'), found another kind of YAML value.", "See recipes/mini-pythia.yml for the shape.");

        ConfigNode? include = map.Find("include");
        if (include is null)
            return map;
        ConfigMap own = map with { Entries = [.. map.Entries.Where(entry => !ConfigMap.SameKey(entry.Key, "include"))] };
        ConfigMap merged = own with { Entries = [] };
        foreach (ConfigNode item in include is ConfigList list ? list.Items : [include])
        {
            if (item is not ConfigScalar { Value: { Length: > 0 } name })
                throw item.Error("include", "expected a path or a list of paths.", "Write 'include: base.yml'.");
            merged = merged.Overlay(Load(Path.Combine(Path.GetDirectoryName(full)!, name), [.. open, full]));
        }
        return merged.Overlay(own);
    }

    private static ConfigNode Convert(YamlNode node, string file, int depth, ref int nodes)
    {
        // Aliases make a tree of a few lines arbitrarily large when it is walked: count what is visited, not what is written.
        if (depth > MaximumDepth || ++nodes > MaximumNodes)
            throw new InputException(file, $"line {node.Start.Line}", $"nested deeper than {MaximumDepth} levels or more than {MaximumNodes:N0} values.", "Simplify the file.");
        switch (node)
        {
            case YamlScalarNode scalar:
                bool plain = scalar.Style is ScalarStyle.Plain or ScalarStyle.Any;
                return new ConfigScalar(file, node.Start.Line, plain && scalar.Value is null or "" or "~" or "null" ? null : scalar.Value);
            case YamlSequenceNode sequence:
                var items = new List<ConfigNode>();
                foreach (YamlNode child in sequence)
                    items.Add(Convert(child, file, depth + 1, ref nodes));
                return new ConfigList(file, node.Start.Line, items);
            case YamlMappingNode mapping:
                var entries = new List<KeyValuePair<string, ConfigNode>>();
                foreach ((YamlNode key, YamlNode value) in mapping)
                {
                    if (key is not YamlScalarNode { Value: { } name })
                        throw new InputException(file, $"line {key.Start.Line}", "expected a word as key.", "Write 'key: value'.");
                    entries.Add(new(name, Convert(value, file, depth + 1, ref nodes)));
                }
                return new ConfigMap(file, node.Start.Line, entries);
            default:
                throw new InputException(file, $"line {node.Start.Line}", "an alias that points nowhere.", "Define the anchor before its use.");
        }
    }

    private static InputException NotYaml(string file, Exception e)
    {
        string? place = e is YamlException yaml ? $"line {yaml.Start.Line}, column {yaml.Start.Column}" : null;
        return new InputException(file, place, $"this is not YAML: {e.Message.TrimEnd('.')}.", "Correct that line.", e);
    }
}
