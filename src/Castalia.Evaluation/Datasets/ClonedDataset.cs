using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Castalia.Evaluation;

/// <summary>
/// A data set's own repository on this machine: a clone <c>DIR/ORG/NAME</c>, or the hub's cache, <c>datasets--ORG--NAME/snapshots/REVISION</c>. Which files make a
/// split the README's header says under <c>configs</c>; without one the files' names do, as on the hub.
/// </summary>
internal static partial class ClonedDataset
{
    private const int MostHeader = 4 << 20;
    private const int MostFiles = 100_000;

    /// <summary>Finds a data set in a folder of clones or of snapshots; null if it is not there in a form that is read.</summary>
    public static FileDataset? Find(string folder, DatasetReference reference, bool standIns)
    {
        foreach (string name in HubNames.Of(reference.Path).Where(name => !name.Contains("..", StringComparison.Ordinal) && !Path.IsPathRooted(name)))
        {
            foreach (string? root in (string?[])[Path.Combine(folder, name), Snapshot(folder, name)])
            {
                if (root is null || !Directory.Exists(root))
                    continue;
                (string, IReadOnlyList<SplitFile>)[] splits = [.. (Configured(root, reference.Name) ?? Named(root, reference.Name)).Where(split => split.Item2.Count > 0)];
                if (splits.Length > 0)
                    return new FileDataset(reference, root, splits) { StandIns = standIns };
            }
        }
        return null;
    }

    private static string? Snapshot(string folder, string name)
    {
        string cached = Path.Combine(folder, "datasets--" + name.Replace("/", "--", StringComparison.Ordinal));
        string main = Path.Combine(cached, "refs", "main"), snapshots = Path.Combine(cached, "snapshots");
        if (File.Exists(main) && File.ReadAllText(main).Trim() is { Length: > 0 and < 100 } revision && !revision.Contains('/') && Directory.Exists(Path.Combine(snapshots, revision)))
            return Path.Combine(snapshots, revision);
        return Directory.Exists(snapshots) ? Directory.EnumerateDirectories(snapshots).Order(StringComparer.Ordinal).LastOrDefault() : null;
    }

    /// <summary>The splits of a configuration by the README's header; null if it says nothing of it.</summary>
    private static IEnumerable<(string, IReadOnlyList<SplitFile>)>? Configured(string root, string? config)
    {
        string readme = Path.Combine(root, "README.md");
        if (!File.Exists(readme) || new FileInfo(readme).Length > MostHeader)
            return null;
        string text = File.ReadAllText(readme).ReplaceLineEndings("\n");
        int end = text.StartsWith("---\n", StringComparison.Ordinal) ? text.IndexOf("\n---", 4, StringComparison.Ordinal) : -1;
        if (end < 0)
            return null;
        object? header;
        try
        {
            header = new DeserializerBuilder().Build().Deserialize<object?>(text[4..end]);
        }
        catch (YamlException error)
        {
            throw new InputException(readme, "the header", $"is no YAML: {error.Message}", "Mend it, or take it away.", error);
        }
        Dictionary<object, object>[] configs = [.. (Get(header, "configs") as List<object> ?? []).OfType<Dictionary<object, object>>()];
        Dictionary<object, object>? own = config is not null ? Array.Find(configs, one => Get(one, "config_name") as string == config)
            : configs.Length == 1 ? configs[0] : Array.Find(configs, one => Get(one, "config_name") as string == "default" || Get(one, "default") as string == "true");
        return Get(own, "data_files") switch
        {
            null => null,
            List<object> list when list.TrueForAll(item => item is Dictionary<object, object>) =>
                list.Select(item => (Get(item, "split") as string ?? "train", Files(root, Get(item, "path")))),
            var files => [("train", Files(root, files))],
        };
    }

    private static object? Get(object? map, string key) => map is Dictionary<object, object> own && own.TryGetValue(key, out object? value) ? value : null;

    private static IReadOnlyList<SplitFile> Files(string root, object? patterns)
    {
        Regex[] wanted = [.. (patterns as List<object> ?? [patterns ?? ""]).OfType<string>().Select(pattern => new Regex(
            "^" + Regex.Escape(pattern).Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*\*", ".*", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal) + "$",
            RegexOptions.NonBacktracking))];
        return [.. All(root).Where(file => Array.Exists(wanted, regex => regex.IsMatch(file.Inner))).Select(file => file.File)];
    }

    /// <summary>The splits by the files' names: what lies in the configuration's folder, else in <c>data</c>, else anywhere.</summary>
    private static IEnumerable<(string, IReadOnlyList<SplitFile>)> Named(string root, string? config)
    {
        string[] folders = config is null or "default" ? ["data/", ""] : [$"{config}/", $"data/{config}/"];
        (string Inner, SplitFile File)[] all = [.. All(root)];
        string? place = Array.Find(folders, folder => Array.Exists(all, file => file.Inner.StartsWith(folder, StringComparison.Ordinal) && SplitOf(file.Inner[folder.Length..]) is not null));
        return place is null ? [] : all.Where(file => file.Inner.StartsWith(place, StringComparison.Ordinal))
            .Select(file => (Split: SplitOf(file.Inner[place.Length..]), file.File)).Where(file => file.Split is not null)
            .GroupBy(file => file.Split!, StringComparer.Ordinal).Select(split => (split.Key, (IReadOnlyList<SplitFile>)[.. split.Select(file => file.File)]));
    }

    /// <summary>The hub's words for a split.</summary>
    private static string? SplitOf(string inner) => SplitWord().Match(inner) is not { Success: true } word ? null : word.Groups[1].Value switch
    {
        "train" or "training" => "train",
        "test" or "testing" or "eval" or "evaluation" => "test",
        _ => "validation",
    };

    private static IEnumerable<(string Inner, SplitFile File)> All(string root) => Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Take(MostFiles)
        .Select(file => (Path.GetRelativePath(root, file).Replace('\\', '/'), File: file)).Where(file => !file.Item1.StartsWith('.'))
        .OrderBy(file => file.Item1, StringComparer.Ordinal).Select(file => (file.Item1, file.File, Format: DataFormats.OfName(file.File))).Where(file => file.Format is not null)
        .Select(file => (file.Item1, new SplitFile(file.File, file.Format!.Value) { Delimiter = file.File.Contains(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',' }));

    [GeneratedRegex(@"(?:^|[-_./ ])(training|train|testing|test|evaluation|eval|validation|valid|val|dev)(?:[-_./ 0-9]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex SplitWord();
}
