namespace Castalia.Testing;

/// <summary>A folder of its own for one test, deleted when the test ends.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>The folder's full path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("castalia-test-").FullName;

    /// <summary>The full path of something inside the folder.</summary>
    public string this[params string[] parts] => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>Deletes the folder and all in it.</summary>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
