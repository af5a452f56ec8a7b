using Castalia.Formats;
using Castalia.Models;
using Castalia.Recipes.Report.Audit;

namespace Castalia.Recipes.Report;

/// <summary>Writes an audit of checkpoints: all numbers as JSON, and a page with the distances as a map, which opens without a network.</summary>
public static class AuditReport
{
    /// <summary>The page's name in the folder of an audit.</summary>
    public const string PageName = "audit.html";

    /// <summary>The numbers' name in the folder of an audit.</summary>
    public const string ResultName = "audit.json";

    /// <summary>Writes both files.</summary>
    /// <param name="result">The audit.</param>
    /// <param name="command">The command that makes it again.</param>
    /// <param name="folder">Where to; made where it is not there.</param>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public static void Write(AuditResult result, string command, string folder)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.WriteAllText(Path.Combine(folder, ResultName), CanonicalJson.ToText(result));
        AtomicFile.WriteAllText(Path.Combine(folder, PageName), AuditPage.Render(result, command));
    }
}
