using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Evaluation;
using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Cli.Verbs.Evaluation;

/// <summary><c>castalia eval ls</c>: the names that can be asked for.</summary>
internal static class EvalListVerb
{
    private const int MostWarnings = 20;

    public static Command Create()
    {
        var what = new Argument<string>("what") { Description = "tasks (all names), groups, subtasks (single tasks) or tags.", DefaultValueFactory = _ => "tasks" };
        what.AcceptOnlyFromAmong("tasks", "groups", "subtasks", "tags");
        Option<string[]> include = IncludePath();
        var command = new Command("ls", "List tasks, groups and tags.") { what, include };
        command.SetAction(parsed =>
        {
            TaskLibrary library = Open(parsed, include);
            string list = parsed.GetValue(what)!;
            var table = new TextTable("name", "kind", "file");
            foreach ((string name, string kind) in Names(library).Where(one => list == "tasks" || list == Plural(one.Kind)).OrderBy(one => one.Name, StringComparer.Ordinal))
                table.Add(TextTable.Shown(name, 200), kind, library.FileOf(name) is { } file && kind != "tag" ? Path.GetRelativePath(Environment.CurrentDirectory, file) : "");
            table.Write(Console.Out);
            Warn(library, all: true);
            return 0;
        });
        return Examples.Attach(command, ("every name", "castalia eval ls tasks"), ("groups, with tasks of one's own", "castalia eval ls groups --include_path my-tasks"));
    }

    /// <summary>The option that names folders of task files.</summary>
    public static Option<string[]> IncludePath() => new("--include_path")
    {
        Description = "Folders of task files beside those that come with the program.",
        HelpName = "folder",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    /// <summary>Our own tasks and those of included folders.</summary>
    public static TaskLibrary Open(ParseResult parsed, Option<string[]> include) => TaskLibrary.Open(
        (parsed.GetValue(include) ?? []).SelectMany(paths => paths.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)).Prepend(EvalStage.OwnTasks));

    /// <summary>Says what is worth knowing of the folders, so much of it as fits a screen.</summary>
    public static void Warn(TaskLibrary library, bool all)
    {
        int shown = all ? MostWarnings : 3;
        foreach (string warning in library.Warnings.Take(shown))
            Console.Error.WriteLine("note   " + TextTable.Shown(warning, 400));
        if (library.Warnings.Count > shown)
            Console.Error.WriteLine(FormattableString.Invariant($"note   ... and {library.Warnings.Count - shown} more of this kind{(all ? "" : "; 'castalia eval ls tasks' shows them")}."));
    }

    private static IEnumerable<(string Name, string Kind)> Names(TaskLibrary library) =>
        library.TaskNames.Select(name => (name, "task")).Concat(library.GroupNames.Select(name => (name, "group"))).Concat(library.TagNames.Select(name => (name, "tag")));

    private static string Plural(string kind) => kind switch { "task" => "subtasks", "group" => "groups", _ => "tags" };
}
