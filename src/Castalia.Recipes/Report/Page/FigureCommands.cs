using System.Text.RegularExpressions;

namespace Castalia.Recipes.Report.Page;

/// <summary>The commands that make a figure again: those of the stages that made its numbers, and the one that draws it.</summary>
/// <param name="input">The run.</param>
internal sealed partial class FigureCommands(ReportInput input)
{
    /// <summary>The command that writes the report.</summary>
    public string Report { get; } = $"castalia report {Quoted(input.Folder)}";

    /// <summary>The commands of all stages of some kinds, then the report's. A kind that left no manifest is made through the recipe.</summary>
    public IReadOnlyList<string> Of(params ReadOnlySpan<string> kinds)
    {
        var commands = new List<string>();
        foreach (string kind in kinds)
        {
            string[] stages = [.. input.Stages.Where(stage => stage.Stage == kind && stage.Command.Length > 0).Select(stage => stage.Command)];
            commands.AddRange(stages.Length > 0 ? stages : [Missing(kind)]);
        }
        commands.Add(Report);
        return [.. commands.Distinct()];
    }

    /// <summary>As <see cref="Of"/>, of the kinds that the run has stages of; of the first where it has none of any.</summary>
    public IReadOnlyList<string> OfThoseThere(params string[] kinds)
    {
        string[] there = [.. kinds.Where(kind => input.Stages.Any(stage => stage.Stage == kind))];
        return Of(there.Length > 0 ? there : kinds.AsSpan(0, 1));
    }

    /// <summary>The command that makes what the run does not have yet.</summary>
    public string Missing(string kind)
    {
        string recipe = Path.Combine(input.Folder, RecipeRun.RecipeFile);
        return $"castalia run {Quoted(recipe)} --output {Quoted(input.Folder)} --only {kind}";
    }

    private static string Quoted(string path) =>
        Plain().IsMatch(path) ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"\A[A-Za-z0-9_./=:@%+-]+\z")]
    private static partial Regex Plain();
}
