using System.Text;

namespace Castalia;

/// <summary>
/// Something that came from outside (a file, a recipe, an option) is not what it has to be. The message names the file, the place
/// in it, what is wrong and what to do; the command line prints it as it stands and exits with code 1.
/// </summary>
/// <param name="file">Path of the file or folder at fault, or the option's name.</param>
/// <param name="place">Where in it: <c>line 12</c>, <c>tensor embed_in.weight</c>, <c>byte 4096</c>; null for the whole.</param>
/// <param name="problem">What was expected and what was found.</param>
/// <param name="remedy">What the user can do about it.</param>
/// <param name="inner">What it followed from, if anything.</param>
public sealed class InputException(string file, string? place, string problem, string remedy, Exception? inner = null)
    : Exception(Compose(file, place, problem, remedy), inner)
{
    /// <summary>Path of the file or folder at fault, or the option's name.</summary>
    public string File { get; } = file;

    /// <summary>Where in the file; null for the whole.</summary>
    public string? Place { get; } = place;

    /// <summary>What was expected and what was found.</summary>
    public string Problem { get; } = problem;

    /// <summary>What the user can do about it.</summary>
    public string Remedy { get; } = remedy;

    private static string Compose(string file, string? place, string problem, string remedy)
    {
        var text = new StringBuilder(file);
        if (place is not null)
            text.Append(" (").Append(place).Append(')');
        return text.Append(": ").Append(problem).Append(' ').Append(remedy).ToString();
    }
}
