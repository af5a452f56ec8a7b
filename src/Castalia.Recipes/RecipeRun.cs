using Castalia.Formats;
using Castalia.Recipes.Configuration;
using Castalia.Recipes.Stages;

namespace Castalia.Recipes;

/// <summary>What of a recipe is to be run.</summary>
/// <param name="Only">Only these stages (<c>train</c>, <c>train:pythia-a</c>); all where empty.</param>
/// <param name="Force">These stages even if they are up to date.</param>
public sealed record RunRequest(IReadOnlyList<string> Only, IReadOnlyList<string> Force);

/// <summary>A stage, whether it would run, and why.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Runs">Whether it would run.</param>
/// <param name="Why">Why, or why not, in a few words.</param>
public sealed record PlannedStage(Stage Stage, bool Runs, string Why);

/// <summary>A recipe bound to its run folder.</summary>
public sealed class RecipeRun
{
    /// <summary>The resolved recipe in the run folder: what was read, included and overridden, as one file.</summary>
    public const string RecipeFile = "recipe.yml";

    private RecipeRun(Recipe recipe, string folder)
    {
        Recipe = recipe;
        Folder = folder;
        Stages = RecipeStages.Of(recipe, folder);
    }

    /// <summary>The recipe, with paths relative to the current folder.</summary>
    public Recipe Recipe { get; }

    /// <summary>The run folder.</summary>
    public string Folder { get; }

    /// <summary>The stages in an order in which each stands behind those it reads from.</summary>
    public IReadOnlyList<Stage> Stages { get; }

    /// <summary>Reads a recipe, lays overrides over it and checks all of it.</summary>
    /// <param name="path">The recipe file; relative paths in it are relative to its folder.</param>
    /// <param name="overrides"><c>key=value</c> assignments.</param>
    /// <param name="output">The run folder; null for what the recipe says.</param>
    /// <exception cref="InputException">Something in the recipe is not as it has to be.</exception>
    public static RecipeRun Open(string path, IReadOnlyList<string> overrides, string? output)
    {
        Recipe recipe = ReadRecipe(path, overrides);
        return new RecipeRun(recipe, output ?? recipe.Output ?? Path.Combine("runs", recipe.Name));
    }

    /// <summary>Reads a recipe without a run: for verbs that take their settings from one.</summary>
    public static Recipe ReadRecipe(string path, IReadOnlyList<string> overrides)
    {
        ConfigMap map = overrides.Aggregate(ConfigFile.Load(path), ConfigOverride.Apply);
        Recipe recipe = ConfigBinder.Bind<Recipe>(map);
        recipe.Validate(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string Resolve(string input) => Path.GetRelativePath(Environment.CurrentDirectory, Path.GetFullPath(Path.Combine(folder, input)));
        return recipe with
        {
            Data = recipe.Data is null ? null : recipe.Data with { Inputs = [.. recipe.Data.Inputs.Select(Resolve)] },
            Finetune = [.. recipe.Finetune.Select(model => model.WithPaths(Resolve, recipe.Models.Select(one => one.Name)))],
            Evaluation = recipe.Evaluation with { TaskFolder = recipe.Evaluation.TaskFolder is { } tasks ? Resolve(tasks) : null },
        };
    }

    /// <summary>What a request would do, without doing it.</summary>
    public IReadOnlyList<PlannedStage> Plan(RunRequest request)
    {
        CheckNames(request);
        var runner = new StageRunner(new FileHashes());
        var plan = new List<PlannedStage>();
        foreach (Stage stage in Stages)
        {
            if (request.Only.Count > 0 && !request.Only.Any(stage.IsCalled))
                continue;
            PlannedStage? source = plan.FirstOrDefault(before => before.Runs && Reads(stage, before.Stage));
            StageState state = source is null ? runner.StateOf(stage) : StageState.Waiting;
            bool forced = request.Force.Any(stage.IsCalled);
            plan.Add(new PlannedStage(stage, forced || state != StageState.UpToDate, forced ? "forced" : state switch
            {
                StageState.UpToDate => "up to date",
                StageState.Missing => "not done yet",
                StageState.Unfinished => "was cut short: goes on",
                StageState.Changed => "settings or inputs changed",
                StageState.Gone => "an output is gone",
                StageState.Damaged => "an output was altered",
                _ => source is null ? "an input is missing" : $"follows {source.Stage.Name}",
            }));
        }
        return plan;
    }

    /// <summary>Brings the stages up to date, one after the other.</summary>
    /// <param name="request">Which.</param>
    /// <param name="starting">Told of each stage before it is looked at: its place from 1, how many there are, the stage.</param>
    /// <param name="finished">Told of each stage's outcome.</param>
    /// <param name="progress">Where stages say how far they are.</param>
    /// <param name="cancellation">Asks the running stage to stop at its next safe point.</param>
    /// <exception cref="InputException">Another process uses the run folder, or a stage found something wrong.</exception>
    public void Execute(RunRequest request, Action<int, int, Stage>? starting, Action<Stage, StageOutcome>? finished, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        CheckNames(request);
        Stage[] stages = [.. Stages.Where(stage => request.Only.Count == 0 || request.Only.Any(stage.IsCalled))];
        Directory.CreateDirectory(Folder);
        using FolderLock held = FolderLock.Acquire(Folder);
        AtomicFile.RemoveLeftovers(Folder, recursive: true); // of a run that was killed in the middle of a file
        WriteResolved();
        var runner = new StageRunner(new FileHashes());
        for (int i = 0; i < stages.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            starting?.Invoke(i + 1, stages.Length, stages[i]);
            StageOutcome outcome = runner.Run(stages[i], request.Force.Any(stages[i].IsCalled), progress, cancellation);
            finished?.Invoke(stages[i], outcome);
        }
    }

    private void WriteResolved()
    {
        string Relative(string path) => Path.GetRelativePath(Folder, path);
        Recipe portable = Recipe with
        {
            Data = Recipe.Data is null ? null : Recipe.Data with { Inputs = [.. Recipe.Data.Inputs.Select(Relative)] },
            Finetune = [.. Recipe.Finetune.Select(model => model.WithPaths(Relative, Recipe.Models.Select(one => one.Name)))],
            Evaluation = Recipe.Evaluation with { TaskFolder = Recipe.Evaluation.TaskFolder is { } tasks ? Relative(tasks) : null },
        };
        string yaml = "# The recipe of this run, with everything it includes and every override in place.\n" + ConfigWriter.ToYaml(portable);
        string file = Path.Combine(Folder, RecipeFile);
        if (!File.Exists(file) || File.ReadAllText(file) != yaml)
            AtomicFile.WriteAllText(file, yaml);
    }

    private static bool Reads(Stage stage, Stage before)
    {
        string made = Path.GetFullPath(before.Folder) + Path.DirectorySeparatorChar;
        return stage.Inputs.Any(input => (Path.GetFullPath(input) + Path.DirectorySeparatorChar).StartsWith(made, StringComparison.Ordinal)
            || before.OutputsBeside.Any(output => Path.GetFullPath(output) == Path.GetFullPath(input)));
    }

    private void CheckNames(RunRequest request)
    {
        foreach ((string option, IReadOnlyList<string> names) in new[] { ("--only", request.Only), ("--force", request.Force) })
            foreach (string name in names)
                if (!Stages.Any(stage => stage.IsCalled(name)))
                    throw new InputException(option, null, $"there is no stage '{name}'.",
                        NameSuggestion.Remedy(name, [.. Stages.SelectMany(stage => new[] { stage.Kind, stage.Name }).Distinct()]));
    }
}
