using System.Collections;

namespace Castalia.Text.Jinja.Python;

/// <summary>A Python tuple: a list that prints with round brackets and never changes.</summary>
/// <param name="items">Its members.</param>
public sealed class PythonTuple(params object?[] items) : IReadOnlyList<object?>
{
    /// <inheritdoc/>
    public object? this[int index] => items[index];

    /// <inheritdoc/>
    public int Count => items.Length;

    /// <inheritdoc/>
    public IEnumerator<object?> GetEnumerator() => ((IEnumerable<object?>)items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();
}
