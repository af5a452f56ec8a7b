namespace Castalia;

/// <summary>How far a piece of work is. Libraries report it through <see cref="IProgress{T}"/>; the command line draws it with rate and time left.</summary>
/// <param name="Work">What is being done, as a reader should see it: <c>train pythia-14m</c>.</param>
/// <param name="Done">Units done so far.</param>
/// <param name="Total">Units in all; null where it is not known.</param>
/// <param name="Unit">What is counted: <c>bytes</c>, <c>documents</c>, <c>steps</c>, <c>requests</c>.</param>
/// <param name="Note">A short changing remark: <c>loss 4.21</c>.</param>
public readonly record struct WorkProgress(string Work, long Done, long? Total, string Unit, string? Note = null);
