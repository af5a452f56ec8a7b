using Castalia.Data;
using Castalia.Formats;
using Castalia.Recipes.Report.Comparison;

namespace Castalia.Recipes.Report;

/// <summary>
/// Makes the page of two tokenizers on one corpus: one HTML file that holds its style, its script and every drawing, and opens without a network. The
/// same comparison gives the same bytes.
/// </summary>
public static class ComparisonReport
{
    /// <summary>The page's name in the folder of a comparison.</summary>
    public const string FileName = "comparison.html";

    /// <summary>Writes the page.</summary>
    /// <param name="result">The comparison.</param>
    /// <param name="command">The command that makes it again.</param>
    /// <param name="path">The page's path.</param>
    /// <exception cref="InputException">The page cannot be written.</exception>
    public static void Write(ComparisonResult result, string command, string path) => AtomicFile.WriteAllText(path, ComparisonPage.Render(result, command));
}
