namespace Castalia.Evaluation;

/// <summary>A task that could not be prepared or scored; the others of the run are not touched by it.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Error">What was wrong, and where.</param>
public sealed record TaskFailure(string Task, InputException Error);
