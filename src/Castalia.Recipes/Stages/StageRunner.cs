using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Castalia.Formats;

namespace Castalia.Recipes.Stages;

/// <summary>Whether a stage has to run, and why.</summary>
public enum StageState
{
    /// <summary>Its manifest, its inputs and its outputs agree.</summary>
    UpToDate,

    /// <summary>It never ran to its end here.</summary>
    Missing,

    /// <summary>It was cut short and will go on.</summary>
    Unfinished,

    /// <summary>Its settings or its inputs are others than those it ran with.</summary>
    Changed,

    /// <summary>An output is gone.</summary>
    Gone,

    /// <summary>An output was altered after the stage wrote it.</summary>
    Damaged,

    /// <summary>It waits for a stage before it.</summary>
    Waiting,
}

/// <summary>What running a stage came to.</summary>
/// <param name="Ran">False where it was up to date.</param>
/// <param name="Manifest">The stage's manifest as it now stands.</param>
/// <param name="Superseded">Where the earlier results with other settings were moved to; null where there were none.</param>
public sealed record StageOutcome(bool Ran, StageManifest Manifest, string? Superseded);

/// <summary>
/// Runs stages so that finished work is not done again, work cut short goes on, and results made with other settings are moved aside
/// rather than lost. The manifest is written last: whatever stands without one is unfinished.
/// </summary>
public sealed class StageRunner(FileHashes hashes)
{
    // Holds the fingerprint that a half-filled folder belongs to.
    private const string UnfinishedFile = ".unfinished.json";

    private sealed record Unfinished(string Fingerprint, int Resumptions);

    /// <summary>Whether a stage has to run.</summary>
    public StageState StateOf(Stage stage)
    {
        StageManifest? manifest = StageManifest.Read(stage.Folder);
        if (manifest is not null)
            hashes.Learn(stage.Folder, manifest);
        if (StageFingerprint.Of(stage, hashes) is not { } fingerprint)
            return StageState.Waiting;
        if (manifest is null)
            return stage.Resumes && ReadUnfinished(stage)?.Fingerprint == fingerprint.Hash ? StageState.Unfinished : StageState.Missing;
        if (manifest.Fingerprint != fingerprint.Hash)
            return StageState.Changed;
        if (manifest.Outputs.Keys.Any(output => !File.Exists(Path.Combine(stage.Folder, output))))
            return StageState.Gone;
        return AlteredOutput(stage, manifest) is null ? StageState.UpToDate : StageState.Damaged;
    }

    private string? AlteredOutput(Stage stage, StageManifest manifest) =>
        manifest.Outputs.Where(output => hashes.Of(Path.Combine(stage.Folder, output.Key))?.Sha256 != output.Value.Sha256)
            .Select(output => output.Key).FirstOrDefault();

    /// <summary>Brings a stage up to date.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="force">Run it even if it is up to date.</param>
    /// <param name="progress">Where the stage says how far it is.</param>
    /// <param name="cancellation">Asks it to stop at the next safe point.</param>
    /// <exception cref="InputException">An input is missing, or the stage found something wrong with one.</exception>
    public StageOutcome Run(Stage stage, bool force, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        StageState state = StateOf(stage);
        if (state == StageState.UpToDate && !force)
            return new StageOutcome(false, StageManifest.Read(stage.Folder)!, null);
        if (state == StageState.Damaged && !force)
        {
            StageManifest old = StageManifest.Read(stage.Folder)!;
            string altered = AlteredOutput(stage, old)!;
            string file = Path.Combine(stage.Folder, altered);
            throw new InputException(file, null, $"expected sha256 {old.Outputs[altered].Sha256}, found {hashes.Of(file)?.Sha256}: it was altered after the stage '{stage.Name}' wrote it.",
                $"Put the file back as it was, or make it again with --force {stage.Name}.");
        }
        if (StageFingerprint.Of(stage, hashes) is not { } fingerprint)
        {
            string missing = stage.Inputs.First(input => !FileHashes.Expand(input).Any(File.Exists));
            throw new InputException(missing, null, $"the stage '{stage.Name}' reads this, and it is not there.", "Run the stage that makes it first, or correct the path.");
        }

        bool resume = state == StageState.Unfinished && !force;
        string? superseded = resume ? null : MoveAside(stage);
        Directory.CreateDirectory(stage.Folder);
        int resumptions = resume ? ReadUnfinished(stage)!.Resumptions + 1 : 0;
        AtomicFile.WriteAllText(UnfinishedPath(stage), JsonSerializer.Serialize(new Unfinished(fingerprint.Hash, resumptions)));

        DateTime started = DateTime.UtcNow;
        long clock = Stopwatch.GetTimestamp();
        stage.Run(new StageContext(stage.Folder, progress, cancellation));
        cancellation.ThrowIfCancellationRequested();

        var manifest = new StageManifest
        {
            Stage = stage.Kind,
            Model = stage.Model,
            Name = NameInRun(stage),
            Command = stage.Command,
            Fingerprint = fingerprint.Hash,
            Started = started.ToString("O", CultureInfo.InvariantCulture),
            Seconds = Math.Round(Stopwatch.GetElapsedTime(clock).TotalSeconds, 3),
            Resumptions = resumptions,
            Settings = stage.Settings,
            Seed = stage.Seed,
            Inputs = Records(stage, fingerprint.Inputs.Select(input => input.Path)),
            Outputs = Records(stage, FileHashes.Expand(stage.Folder).Concat(stage.OutputsBeside)),
            Versions = Versions(),
        };
        manifest.Write(stage.Folder);
        File.Delete(UnfinishedPath(stage));
        hashes.Learn(stage.Folder, manifest);
        return new StageOutcome(true, manifest, superseded);
    }

    /// <summary>Moves what stands in the stage's folder to <c>superseded/</c> beside the run's stages; returns where to, or null where there was nothing.</summary>
    private static string? MoveAside(Stage stage)
    {
        if (!Directory.Exists(stage.Folder))
            return null;
        // Where a stage cannot go on with a half, a half without a manifest is worth nothing.
        bool worthless = !stage.Resumes && File.Exists(UnfinishedPath(stage)) && StageManifest.Read(stage.Folder) is null;
        if (worthless || !FileHashes.Expand(stage.Folder).Any())
        {
            Directory.Delete(stage.Folder, recursive: true);
            return null;
        }
        string root = RunRoot(stage);
        for (int i = 1; ; i++)
        {
            string target = Path.Combine(root, "superseded", i.ToString(CultureInfo.InvariantCulture), Path.GetRelativePath(root, Path.GetFullPath(stage.Folder)));
            if (Path.Exists(target))
                continue;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            Directory.Move(stage.Folder, target);
            File.Delete(Path.Combine(target, UnfinishedFile));
            return target;
        }
    }

    private static string RunRoot(Stage stage)
    {
        string parent = Path.GetDirectoryName(Path.GetFullPath(stage.Folder))!;
        return stage.Model is null ? parent : Path.GetDirectoryName(parent) ?? parent;
    }

    private static string NameInRun(Stage stage) => Path.GetRelativePath(RunRoot(stage), Path.GetFullPath(stage.Folder)).Replace('\\', '/');

    private static string UnfinishedPath(Stage stage) => Path.Combine(stage.Folder, UnfinishedFile);

    private static Unfinished? ReadUnfinished(Stage stage)
    {
        if (!File.Exists(UnfinishedPath(stage)))
            return null;
        try
        {
            return JsonSerializer.Deserialize<Unfinished>(File.ReadAllText(UnfinishedPath(stage)));
        }
        catch (JsonException)
        {
            return null; // unreadable: the work starts anew
        }
    }

    private Dictionary<string, FileRecord> Records(Stage stage, IEnumerable<string> files) =>
        files.ToDictionary(file => Path.GetRelativePath(stage.Folder, Path.GetFullPath(file)).Replace('\\', '/'),
            file => hashes.Of(file) ?? throw new InputException(file, null, $"the stage '{stage.Name}' did not write this.", "Run it again with --force."));

    private static Dictionary<string, string> Versions()
    {
        Assembly castalia = typeof(StageRunner).Assembly;
        return new Dictionary<string, string>
        {
            ["castalia"] = castalia.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? castalia.GetName().Version!.ToString(),
            ["build"] = castalia.ManifestModule.ModuleVersionId.ToString("N"),
            ["dotnet"] = Environment.Version.ToString(),
            ["os"] = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier,
            ["torchsharp"] = typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3),
        };
    }
}
