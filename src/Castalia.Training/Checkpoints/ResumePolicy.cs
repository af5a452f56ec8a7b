namespace Castalia.Training;

/// <summary>
/// When the state for resuming is due again: after so many seconds, but never so often that writing it takes more than a twentieth of the time.
/// </summary>
internal sealed class ResumePolicy(double seconds, TimeProvider clock)
{
    private const double LargestShare = 0.05;

    private long _savedAt = clock.GetTimestamp();
    private double _lastSaveSeconds;

    /// <summary>Whether the state should be written now.</summary>
    public bool Due => clock.GetElapsedTime(_savedAt).TotalSeconds > Math.Max(seconds, _lastSaveSeconds / LargestShare);

    /// <summary>Writes a state and notes how long that took.</summary>
    public void Save(Action write)
    {
        long start = clock.GetTimestamp();
        write();
        _savedAt = clock.GetTimestamp();
        _lastSaveSeconds = clock.GetElapsedTime(start, _savedAt).TotalSeconds;
    }
}
