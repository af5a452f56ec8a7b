namespace Castalia.Recipes.Configuration;

/// <summary>Lays <c>--set training.steps=50</c> over a configuration. List items are named by position or by their <c>name</c>: <c>models.pythia-a.layers=2</c>.</summary>
public static class ConfigOverride
{
    /// <summary>What stands in the file's place for values given on the command line.</summary>
    public const string Origin = "--set";

    /// <summary>The configuration with one assignment applied.</summary>
    /// <param name="root">The configuration.</param>
    /// <param name="assignment"><c>dotted.path=value</c>; the value is YAML.</param>
    /// <exception cref="InputException">There is no <c>=</c>, the value is not YAML, or the path leads through something that has no keys.</exception>
    public static ConfigMap Apply(ConfigMap root, string assignment)
    {
        int equals = assignment.IndexOf('=');
        if (equals <= 0)
            throw new InputException(Origin, null, $"expected key=value, found '{assignment}'.", "Write for example --set training.steps=50.");
        string path = assignment[..equals].Trim();
        ConfigNode value = ConfigFile.Parse(assignment[(equals + 1)..], Origin);
        if (value is ConfigMap { Entries.Count: 0 } && assignment[(equals + 1)..].Trim() != "{}")
            value = new ConfigScalar(Origin, 1, null);
        return (ConfigMap)Replace(root, path.Split('.'), 0, value);
    }

    private static ConfigNode Replace(ConfigNode? node, string[] path, int depth, ConfigNode value)
    {
        if (depth == path.Length)
            return value;
        string key = path[depth];
        switch (node)
        {
            case null or ConfigScalar { Value: null }:
                return new ConfigMap(Origin, 1, [new(key, Replace(null, path, depth + 1, value))]);
            case ConfigMap map:
                var entries = map.Entries.ToList();
                int at = entries.FindIndex(entry => ConfigMap.SameKey(entry.Key, key));
                if (at < 0)
                    entries.Add(new(key, Replace(null, path, depth + 1, value)));
                else
                    entries[at] = new(entries[at].Key, Replace(entries[at].Value, path, depth + 1, value));
                return map with { Entries = entries };
            case ConfigList list:
                int index = Enumerable.Range(0, list.Items.Count).FirstOrDefault(
                    i => i.ToString(System.Globalization.CultureInfo.InvariantCulture) == key
                        || list.Items[i] is ConfigMap item && item.Find("name") is ConfigScalar { Value: { } name } && name == key, -1);
                if (index < 0)
                    throw new InputException(Origin, string.Join('.', path), $"no item '{key}' in {string.Join('.', path[..depth])}, which has {list.Items.Count}.", "Name an item by its position from 0 or by its 'name'.");
                var items = list.Items.ToArray();
                items[index] = Replace(items[index], path, depth + 1, value);
                return list with { Items = items };
            default:
                throw new InputException(Origin, string.Join('.', path), $"'{string.Join('.', path[..depth])}' is a single value and has no key '{key}'.", "Shorten the path.");
        }
    }
}
