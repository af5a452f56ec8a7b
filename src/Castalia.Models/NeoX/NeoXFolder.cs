using System.Globalization;
using System.Text.RegularExpressions;
using Castalia.Formats;

namespace Castalia.Models;

/// <summary>
/// Where things are in a checkpoint of GPT-NeoX's: <c>global_stepN/layer_XX-model_YY-model_states.pt</c> holds layer XX of the rank YY of tensor
/// parallelism, <c>global_stepN/configs/</c> the configuration, and <c>latest</c> beside <c>global_stepN</c> its name.
/// </summary>
internal static partial class NeoXFolder
{
    /// <summary>The file beside the steps' folders that names the newest.</summary>
    public const string Latest = "latest";

    /// <summary>The folder of configurations inside a step's.</summary>
    public const string Configs = "configs";

    private const int LongestLatest = 256;

    /// <summary>The step's folder that is meant by a path: itself, or the one that its <c>latest</c> names; null where there is none.</summary>
    public static string? Find(string folder)
    {
        if (Files(folder).Any())
            return folder;
        string latest = Path.Combine(folder, Latest);
        if (!File.Exists(latest) || new FileInfo(latest).Length > LongestLatest)
            return null;
        string name = InputFile.ReadAllText(latest, LongestLatest).Trim();
        if (!StepName().IsMatch(name))
            return null;
        string step = Path.Combine(folder, name);
        return Files(step).Any() ? step : null;
    }

    /// <summary>The name of a step's folder.</summary>
    public static string StepFolder(long step) => string.Create(CultureInfo.InvariantCulture, $"global_step{step}");

    /// <summary>The name of a layer's file.</summary>
    public static string LayerFile(int layer, int rank) => string.Create(CultureInfo.InvariantCulture, $"layer_{layer:00}-model_{rank:00}-model_states.pt");

    /// <summary>A step's files by layer; each layer has one a rank, in the order of the ranks.</summary>
    /// <exception cref="InputException">A layer lacks a rank that others have.</exception>
    public static IReadOnlyList<(int Layer, IReadOnlyList<string> Ranks)> Layers(string step)
    {
        var files = new SortedDictionary<int, SortedDictionary<int, string>>();
        foreach (string path in Files(step))
        {
            Match match = LayerName().Match(Path.GetFileName(path));
            if (!match.Success)
                continue;
            int layer = Number(match.Groups[1]), rank = Number(match.Groups[2]);
            if (!files.TryGetValue(layer, out SortedDictionary<int, string>? ranks))
                files.Add(layer, ranks = []);
            if (!ranks.TryAdd(rank, path))
                throw new InputException(path, null, $"there are two files of layer {layer} and rank {rank}.", "Remove the one that does not belong to the checkpoint.");
        }
        int most = files.Values.Max(ranks => ranks.Keys.Max()) + 1;
        foreach ((int layer, SortedDictionary<int, string> ranks) in files)
        {
            if (ranks.Count != most)
            {
                int missing = Enumerable.Range(0, most).First(rank => !ranks.ContainsKey(rank));
                throw new InputException(
                    step, LayerFile(layer, missing), $"the checkpoint is of {most} ranks, and this file of theirs is missing.", "Fetch the checkpoint again, whole.");
            }
        }
        return [.. files.Select(pair => (pair.Key, (IReadOnlyList<string>)[.. pair.Value.Values]))];

        static int Number(Group group) => int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static string[] Files(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetFiles(folder, "layer_*-model_*-model_states.pt") : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException(folder, null, $"the folder cannot be read: {exception.Message}", "Check its permissions and the disk.", exception);
        }
    }

    [GeneratedRegex(@"^layer_(\d{2,5})-model_(\d{2,5})-model_states\.pt$", RegexOptions.CultureInvariant)]
    private static partial Regex LayerName();

    [GeneratedRegex(@"^global_step\d{1,18}$", RegexOptions.CultureInvariant)]
    private static partial Regex StepName();
}
