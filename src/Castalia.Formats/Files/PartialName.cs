using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Castalia.Formats;

/// <summary>
/// Names of what is still being written: <c>.model.safetensors.5f0c96d1a2b3e4f7.partial</c>, beside the final name so that a rename stays
/// inside one file system, hidden, random so that two writers never meet, and known by its look so that what a killed process
/// left behind can be removed.
/// </summary>
internal static partial class PartialName
{
    // File systems allow 255 bytes a name; 1 + 1 + 16 + 8 are ours.
    private const int LongestKeptName = 200;

    /// <summary>A fresh partial name beside <paramref name="finalPath"/> (a full path).</summary>
    public static string Beside(string finalPath)
    {
        string folder = Path.GetDirectoryName(finalPath)
            ?? throw new InputException(finalPath, null, "the root of a file system cannot be written as a file.", "Name a file inside it.");
        string name = Path.GetFileName(finalPath);
        while (Encoding.UTF8.GetByteCount(name) > LongestKeptName)
            name = name[..^(char.IsLowSurrogate(name[^1]) && name.Length > 1 ? 2 : 1)];
        return Path.Combine(folder, $".{name}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.partial");
    }

    /// <summary>Whether a file or folder name was made by <see cref="Beside"/>.</summary>
    public static bool Matches(string name) => Pattern().IsMatch(name);

    [GeneratedRegex(@"^\..*\.[0-9a-f]{16}\.partial\z", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
