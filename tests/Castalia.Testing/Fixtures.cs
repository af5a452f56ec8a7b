namespace Castalia.Testing;

/// <summary>Where the tests' files are: <c>tests/fixtures</c> of the repository that the test was built from.</summary>
public static class Fixtures
{
    /// <summary>The repository's root: the nearest folder above the test's assembly that holds <c>Castalia.slnx</c>.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>The full path of a file or folder under <c>tests/fixtures</c>.</summary>
    public static string Path(params string[] parts) =>
        System.IO.Path.Combine([RepositoryRoot, "tests", "fixtures", .. parts]);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Castalia.slnx")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No Castalia.slnx above {AppContext.BaseDirectory}: run the tests from a checkout.");
    }
}
