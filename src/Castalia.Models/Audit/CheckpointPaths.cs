using System.Globalization;
using System.Text.RegularExpressions;

namespace Castalia.Models;

/// <summary>The checkpoints that paths on a command line name.</summary>
internal static partial class CheckpointPaths
{
    /// <summary>Every checkpoint under the paths, in the order of their steps; those without a step come first, as they were named.</summary>
    /// <exception cref="InputException">A path is not there or holds no checkpoint.</exception>
    public static IReadOnlyList<(string Name, string Path, long? Step)> Find(IReadOnlyList<string> paths)
    {
        string[] all = [.. paths.SelectMany(Under).Select(Path.TrimEndingDirectorySeparator).DistinctBy(Path.GetFullPath)];
        string[] names = [.. all.Select(path => Path.GetFileName(Path.GetFullPath(path)))];
        bool clear = names.Distinct(StringComparer.Ordinal).Count() == names.Length;
        return
        [
            .. all.Select((path, i) => (Name: clear ? names[i] : path, Path: path, Step: StepOf(names[i])))
                .OrderBy(checkpoint => checkpoint.Step ?? -1),
        ];
    }

    private static IEnumerable<string> Under(string path)
    {
        if (File.Exists(path) || IsModel(path))
            return [path];
        if (!Directory.Exists(path))
            throw new InputException(path, null, "there is no such file or folder.", "Correct the path.");
        foreach (string folder in (IEnumerable<string>)[path, Path.Combine(path, "checkpoints")])
        {
            string[] steps = !Directory.Exists(folder) ? [] : [.. Directory.EnumerateDirectories(folder).Where(IsModel).Order(StringComparer.Ordinal)];
            if (steps.Length > 0)
                return steps;
        }
        throw new InputException(
            path, null, "expected a model folder, a folder of checkpoints (step0, step1, ...), or a run with checkpoints inside; found neither.",
            "Name one model of a run at a time: runs/NAME/models/MODEL.");
    }

    private static bool IsModel(string path) =>
        Directory.Exists(path) && (File.Exists(Path.Combine(path, "config.json")) || TensorSource.HasWeights(path));

    /// <summary>The number behind <c>step</c>, or the last number in the name.</summary>
    private static long? StepOf(string name)
    {
        Match match = Step().Match(name);
        if (!match.Success)
            match = LastNumber().Match(name);
        return match.Success && long.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : null;
    }

    [GeneratedRegex(@"step[-_]?(\d{1,12})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Step();

    [GeneratedRegex(@"(?<!\d)(\d{1,12})$", RegexOptions.CultureInvariant)]
    private static partial Regex LastNumber();
}
