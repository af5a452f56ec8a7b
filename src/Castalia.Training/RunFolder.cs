namespace Castalia.Training;

/// <summary>The files of one model's training run: <c>metrics.jsonl</c>, <c>training.json</c>, <c>checkpoints/step{N}</c>, and <c>resume</c> while it lasts.</summary>
/// <param name="path">The folder of the model.</param>
public sealed class RunFolder(string path)
{
    private const string StepPrefix = "step";

    /// <summary>The folder itself.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>One line a step: <see cref="MetricsFile"/>.</summary>
    public string Metrics => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>What a finished run is: <see cref="TrainingResult"/>.</summary>
    public string Result => System.IO.Path.Combine(Path, "training.json");

    /// <summary>The folder of the checkpoints that the schedule keeps.</summary>
    public string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>
    /// A checkpoint outside the schedule, replaced from time to time and gone when the run has ended, so that a kill loses little. Not
    /// among <see cref="Checkpoints"/>: nothing evaluates it.
    /// </summary>
    public string Resume => System.IO.Path.Combine(Path, "resume");

    /// <summary>The name of a step's folder: <c>step512</c>.</summary>
    public static string NameOf(long step) => FormattableString.Invariant($"{StepPrefix}{step}");

    /// <summary>The folder of a step's checkpoint.</summary>
    public string Checkpoint(long step) => System.IO.Path.Combine(Checkpoints, NameOf(step));

    /// <summary>The steps that have a checkpoint now, ascending.</summary>
    public IReadOnlyList<long> Steps()
    {
        if (!Directory.Exists(Checkpoints))
            return [];
        List<long> steps = [];
        foreach (string folder in Directory.EnumerateDirectories(Checkpoints))
        {
            string name = System.IO.Path.GetFileName(folder);
            if (name.StartsWith(StepPrefix, StringComparison.Ordinal) && long.TryParse(name.AsSpan(StepPrefix.Length), out long step) && NameOf(step) == name)
                steps.Add(step);
        }
        steps.Sort();
        return steps;
    }

    /// <summary>
    /// Where training goes on: the newest state before which no scheduled checkpoint is missing. A checkpoint that somebody deleted is so
    /// made again, and those after it.
    /// </summary>
    /// <param name="schedule">The run's schedule.</param>
    /// <returns>The folder of that state; null where the run has none and begins at its start.</returns>
    /// <exception cref="InputException">The state for resuming is damaged.</exception>
    public string? Newest(CheckpointSchedule schedule)
    {
        HashSet<long> present = [.. Steps()];
        int kept = schedule.Steps.TakeWhile(present.Contains).Count();
        long newest = kept > 0 ? schedule.Steps[kept - 1] : schedule.Contains(0) ? long.MaxValue : -1; // without step 0 nothing counts that came after it
        long missing = kept < schedule.Steps.Count ? schedule.Steps[kept] : long.MaxValue;
        if (File.Exists(System.IO.Path.Combine(Resume, CheckpointRecord.FileName)))
        {
            long resume = CheckpointRecord.Read(Resume).Step;
            if (resume > newest && resume < missing)
                return Resume;
        }
        return kept > 0 ? Checkpoint(newest) : null;
    }

    /// <summary>Removes the state for resuming, which a finished run no longer needs.</summary>
    internal void RemoveResume()
    {
        if (!Directory.Exists(Resume))
            return;
        // The record first: a folder without one is no state, so a kill in the middle leaves nothing that looks like one.
        File.Delete(System.IO.Path.Combine(Resume, CheckpointRecord.FileName));
        Directory.Delete(Resume, recursive: true);
    }
}
