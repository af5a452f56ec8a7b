using Castalia.Formats;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Datasets;

/// <summary>Writes small data sets for a test.</summary>
internal static class DataFolder
{
    /// <summary>Writes a text file, its folders with it, packed as its name says.</summary>
    public static string WriteText(this TemporaryFolder folder, string name, string text)
    {
        string path = Path.Combine(folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        CompressedStream.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
        return path;
    }
}
