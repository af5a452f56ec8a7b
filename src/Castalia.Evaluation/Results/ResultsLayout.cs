using System.Globalization;

namespace Castalia.Evaluation;

/// <summary>Where the files of one run stand, named as the harness names them.</summary>
/// <param name="Results">The file of the numbers.</param>
/// <param name="Folder">The folder of all files.</param>
/// <param name="Stamp">The run's time, which every file's name ends with.</param>
public sealed record ResultsLayout(string Results, string Folder, string Stamp)
{
    /// <summary>
    /// <c>PATH/MODEL/results_TIME.json</c>, or <c>STEM_TIME.json</c> beside where <paramref name="outputPath"/> is the name of a JSON file.
    /// </summary>
    /// <param name="outputPath">A folder, or a file whose name ends in <c>.json</c>.</param>
    /// <param name="model">The model's name in results.</param>
    /// <param name="date">When the run began.</param>
    public static ResultsLayout Of(string outputPath, string model, DateTimeOffset date)
    {
        ArgumentNullException.ThrowIfNull(outputPath);
        string stamp = date.LocalDateTime.ToString("yyyy-MM-dd'T'HH-mm-ss.ffffff", CultureInfo.InvariantCulture);
        if (Path.GetExtension(outputPath) == ".json")
        {
            string beside = Path.GetDirectoryName(Path.GetFullPath(outputPath))!;
            return new ResultsLayout(Path.Combine(beside, $"{Path.GetFileNameWithoutExtension(outputPath)}_{stamp}.json"), beside, stamp);
        }
        string folder = Path.Combine(outputPath, ResultsFile.SanitizeModelName(model));
        return new ResultsLayout(Path.Combine(folder, $"results_{stamp}.json"), folder, stamp);
    }

    /// <summary>The file of a task's documents.</summary>
    public string Samples(string task) => Path.Combine(Folder, $"samples_{ResultsFile.SanitizeTaskName(task)}_{Stamp}.jsonl");
}
