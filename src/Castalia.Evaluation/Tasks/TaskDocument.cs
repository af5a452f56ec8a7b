namespace Castalia.Evaluation;

/// <summary>A row of a task's data set.</summary>
/// <param name="Split">The split it is of.</param>
/// <param name="Id">Its place in the split, from 0.</param>
/// <param name="Row">Its columns.</param>
public sealed record TaskDocument(string Split, int Id, IReadOnlyDictionary<string, object?> Row)
{
    internal InputException Error(TaskConfig config, string key, string problem, string remedy, Exception? inner = null) =>
        new(config.File, $"task '{config.Task}', document {Id} of split '{Split}', {key}", problem, remedy, inner);
}
