using Castalia.Text.Jinja;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>A row of a task's data set.</summary>
/// <param name="Split">The split it is of.</param>
/// <param name="Id">Its place in the split, from 0.</param>
/// <param name="Row">Its columns.</param>
public sealed record TaskDocument(string Split, int Id, Row Row)
{
    internal InputException Error(TaskConfig config, string key, string problem, string remedy, Exception? inner = null) =>
        new(config.File, $"task '{config.Task}', document {Id} of split '{Split}', {key}", problem, remedy, inner);

    /// <summary>Applies a template or a built-in function; what fails in it is told with the document's place.</summary>
    internal T Run<T>(TaskConfig config, string key, Func<T> apply)
    {
        try
        {
            return apply();
        }
        catch (JinjaException error)
        {
            throw Error(config, key, error.Message, "Correct the template or the document.", error);
        }
        catch (Exception error) when (error is PythonException or KeyNotFoundException or InvalidCastException or NullReferenceException
            or ArgumentException or FormatException or InvalidOperationException or IndexOutOfRangeException or OverflowException)
        {
            // A built-in function reads columns as its data set has them; what is of another shape fails in it.
            throw Error(config, key, $"the document is not as the task expects it: {error.Message}",
                "Compare the row with the data set that the task names.", error);
        }
    }
}
