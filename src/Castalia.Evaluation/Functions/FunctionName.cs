namespace Castalia.Evaluation;

/// <summary>Where a task file's <c>!function</c> points: a folder, a module in it and a name in that.</summary>
/// <param name="Folder">The folder, with forward slashes; relative to the harness's <c>tasks</c> where the name was absolute.</param>
/// <param name="Module">The module.</param>
/// <param name="Name">The function's name.</param>
/// <param name="IsAbsolute">Whether the name started from the harness's package, so that there is no file beside the task.</param>
internal sealed record FunctionName(string Folder, string Module, string Name, bool IsAbsolute)
{
    private const string Package = "lm_eval.tasks.";

    /// <summary>The Python file that defines the function for the harness, if the task came with one.</summary>
    public string? PythonFile => IsAbsolute ? null : $"{Folder}/{Module}.py";

    /// <summary>
    /// Reads a name: <c>utils.f</c> lies beside the task file, <c>..utils.f</c> and <c>../utils.f</c> one folder up, <c>sub.utils.f</c> one down,
    /// <c>lm_eval.tasks.x.utils.f</c> in the harness's folder <c>x</c>. Null if there is no module in it.
    /// </summary>
    public static FunctionName? Read(string taskFile, string name)
    {
        int dot = name.LastIndexOf('.');
        if (dot <= 0 || dot == name.Length - 1)
            return null;
        string function = name[(dot + 1)..];
        if (name.StartsWith(Package, StringComparison.Ordinal) && dot > Package.Length)
        {
            string[] parts = name[Package.Length..dot].Split('.');
            return parts.Length < 2 || parts.Contains("") ? null : new FunctionName(string.Join('/', parts[..^1]), parts[^1], function, IsAbsolute: true);
        }
        string module = name[..dot];
        string path = module.Contains('/') ? module : Relative(module);
        string full = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(taskFile)) ?? "", path)).Replace('\\', '/');
        int slash = full.LastIndexOf('/');
        return slash == full.Length - 1 ? null : new FunctionName(full[..Math.Max(slash, 0)], full[(slash + 1)..], function, IsAbsolute: false);
    }

    /// <summary>Python's dots as a path: one at the start is the folder itself, each further one its parent.</summary>
    private static string Relative(string module)
    {
        string stem = module.TrimStart('.');
        int up = Math.Max(0, module.Length - stem.Length - 1);
        return string.Concat(Enumerable.Repeat("../", up)) + stem.Replace('.', '/');
    }
}
