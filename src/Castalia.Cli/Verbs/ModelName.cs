namespace Castalia.Cli.Verbs;

/// <summary>What to call a model that is named by its folder.</summary>
internal static class ModelName
{
    /// <summary>The folder's own name, or for <c>MODEL/checkpoints</c> and <c>MODEL/checkpoints/step5</c> the model's.</summary>
    public static string Of(string folder)
    {
        string[] parts = Path.GetFullPath(folder).Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        int at = Array.LastIndexOf(parts, "checkpoints");
        return at > 0 ? parts[at - 1] : parts[^1];
    }
}
