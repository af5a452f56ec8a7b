using Castalia.Formats;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report;

/// <summary>
/// Makes the report of a run: one HTML file that holds its style, its script and every drawing, and opens without a network. The same
/// run gives the same bytes.
/// </summary>
public static class ReportBuilder
{
    /// <summary>The report's name in a run folder.</summary>
    public const string FileName = "report.html";

    /// <summary>Reads a run folder and writes its report.</summary>
    /// <param name="runFolder">The run folder, as the commands in the report are to name it.</param>
    /// <param name="outputPath">The report's path; <c>report.html</c> in the run folder where nothing is said.</param>
    /// <exception cref="InputException">It is no run folder, a file in it is not what its name says, or the report cannot be written.</exception>
    public static void Build(string runFolder, string? outputPath = null) =>
        Build(RunFolder.Read(runFolder), outputPath ?? Path.Combine(runFolder, FileName));

    /// <summary>Writes the report of what was read.</summary>
    /// <exception cref="InputException">The report cannot be written.</exception>
    public static void Build(ReportInput input, string outputPath) => AtomicFile.WriteAllText(outputPath, Render(input));

    /// <summary>The report as HTML.</summary>
    public static string Render(ReportInput input) => ReportPage.Render(input);
}
