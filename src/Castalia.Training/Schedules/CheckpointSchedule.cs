namespace Castalia.Training;

/// <summary>
/// At which steps a run keeps a checkpoint: Pythia's 0, 1, 2, 4, ..., 512, then every <see cref="Interval"/> steps, and the last; or the
/// multiples of the interval and the last alone. Step 0 is the model before any update.
/// </summary>
public sealed class CheckpointSchedule
{
    private const long LastPower = 512;
    private readonly List<long> _steps;

    /// <summary>Lays out the schedule of a run.</summary>
    /// <param name="steps">Updates in the whole run, at least 1.</param>
    /// <param name="interval">Distance between checkpoints after step 512, at least 1; they fall on its multiples.</param>
    /// <param name="intervalOnly">Whether those up to step 512 are left out.</param>
    public CheckpointSchedule(long steps, long interval, bool intervalOnly = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        Interval = interval;
        _steps = intervalOnly ? [] : [0];
        for (long power = 1; !intervalOnly && power <= Math.Min(LastPower, steps); power *= 2)
            _steps.Add(power);
        for (long step = intervalOnly ? interval : (LastPower / interval + 1) * interval; step <= steps; step += interval)
            _steps.Add(step);
        if (_steps.Count == 0 || _steps[^1] != steps)
            _steps.Add(steps);
    }

    /// <summary>The schedule that a run's options describe.</summary>
    public static CheckpointSchedule Of(TrainingOptions options) => new(options.Steps, options.CheckpointInterval, options.IntervalCheckpoints);

    /// <summary>Distance between checkpoints after step 512.</summary>
    public long Interval { get; }

    /// <summary>Every step with a checkpoint, ascending, to the last step of the run.</summary>
    public IReadOnlyList<long> Steps => _steps;

    /// <summary>Whether a checkpoint is kept after <paramref name="step"/> updates.</summary>
    public bool Contains(long step) => _steps.BinarySearch(step) >= 0;

    /// <summary>The checkpoint before the one at <paramref name="step"/>; null for the first.</summary>
    public long? Before(long step)
    {
        int index = _steps.BinarySearch(step);
        int before = (index >= 0 ? index : ~index) - 1;
        return before >= 0 ? _steps[before] : null;
    }
}
