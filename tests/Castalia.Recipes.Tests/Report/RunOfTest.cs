using Castalia.Formats;
using Castalia.Recipes.Report;
using Castalia.Testing;

namespace Castalia.Recipes.Tests.Report;

/// <summary>A synthetic run and its report, made once for all tests of a class.</summary>
public sealed class RunOfTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RunOfTest()
    {
        new SyntheticRun(seed: 7).Write(Folder);
        ReportBuilder.Build(Folder);
        // Where someone wants to look at the page.
        if (Environment.GetEnvironmentVariable("CASTALIA_KEEP_REPORT") is { Length: > 0 } copy)
            AtomicFile.WriteAllBytes(copy, File.ReadAllBytes(Report));
    }

    /// <summary>The run folder.</summary>
    public string Folder => _folder["mini-pythia"];

    /// <summary>The report's path.</summary>
    public string Report => Path.Combine(Folder, ReportBuilder.FileName);

    public void Dispose() => _folder.Dispose();
}
