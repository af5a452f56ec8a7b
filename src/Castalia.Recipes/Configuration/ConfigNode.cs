namespace Castalia.Recipes.Configuration;

/// <summary>A piece of a configuration file that remembers where it was written, so that every complaint can name the place.</summary>
/// <param name="File">The file's path, or <c>--set</c> for a command-line override.</param>
/// <param name="Line">Line in the file, from 1.</param>
public abstract record ConfigNode(string File, long Line)
{
    /// <summary>An error about this node.</summary>
    /// <param name="path">The key's dotted path, for example <c>training.steps</c>.</param>
    /// <param name="problem">What was expected and what was found.</param>
    /// <param name="remedy">What to do.</param>
    public InputException Error(string path, string problem, string remedy) =>
        new(File, File == ConfigOverride.Origin ? path : $"line {Line}, {path}", problem, remedy);
}

/// <summary>A single value; null where the file says <c>null</c>, <c>~</c> or nothing.</summary>
public sealed record ConfigScalar(string File, long Line, string? Value) : ConfigNode(File, Line);

/// <summary>A sequence of values.</summary>
public sealed record ConfigList(string File, long Line, IReadOnlyList<ConfigNode> Items) : ConfigNode(File, Line);

/// <summary>Keys and values in the order they were written.</summary>
public sealed record ConfigMap(string File, long Line, IReadOnlyList<KeyValuePair<string, ConfigNode>> Entries) : ConfigNode(File, Line)
{
    /// <summary>The value under a key, or null. Keys compare with <c>-</c> and <c>_</c> alike, as in GPT-NeoX's files.</summary>
    public ConfigNode? Find(string key) => Entries.FirstOrDefault(entry => SameKey(entry.Key, key)).Value;

    /// <summary>Whether two keys are the same but for <c>-</c> and <c>_</c>.</summary>
    public static bool SameKey(string a, string b) => string.Equals(a.Replace('-', '_'), b.Replace('-', '_'), StringComparison.Ordinal);

    /// <summary>This map with every entry of <paramref name="over"/> laid over it: maps merge key by key, anything else is replaced.</summary>
    public ConfigMap Overlay(ConfigMap over)
    {
        var merged = Entries.ToList();
        foreach ((string key, ConfigNode value) in over.Entries)
        {
            int at = merged.FindIndex(entry => SameKey(entry.Key, key));
            if (at < 0)
                merged.Add(new(key, value));
            else
                merged[at] = new(merged[at].Key, merged[at].Value is ConfigMap below && value is ConfigMap above ? below.Overlay(above) : value);
        }
        return this with { Entries = merged };
    }
}
