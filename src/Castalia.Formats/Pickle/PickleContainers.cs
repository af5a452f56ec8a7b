using System.Collections;

namespace Castalia.Formats;

/// <summary>
/// A tuple, list or dictionary of a pickle. Its values are null, <see cref="bool"/>, <see cref="long"/>, <see cref="System.Numerics.BigInteger"/>,
/// <see cref="double"/>, <see cref="string"/>, byte arrays, containers, and what PyTorch adds: <see cref="PytorchTensor"/>, and
/// <see cref="SafetensorsDType"/> for a <c>torch.dtype</c>; a <c>torch.device</c> is its text.
/// Never contains itself, directly or through others; two places may hold the same one.
/// </summary>
public abstract class PickleContainer
{
    /// <summary>How many values it holds.</summary>
    public abstract int Count { get; }

    /// <summary>How many containers deep it goes, itself included; while a pickle is read, as far as is known then.</summary>
    internal int Depth { get; set; } = 1;

    /// <summary>Whether the walk of <see cref="PickleNesting"/> has come to it (false) and gone from it (true).</summary>
    internal bool? Walked { get; set; }

    /// <summary>A value by position.</summary>
    internal abstract object? ValueAt(int index);
}

/// <summary>A tuple, or a <c>torch.Size</c>.</summary>
public sealed class PickleTuple : PickleContainer, IReadOnlyList<object?>
{
    private readonly object?[] _values;

    internal PickleTuple(object?[] values) => _values = values;

    /// <inheritdoc cref="PickleContainer.Count"/>
    public override int Count => _values.Length;

    /// <summary>A value by position.</summary>
    public object? this[int index] => _values[index];

    internal override object? ValueAt(int index) => _values[index];

    /// <inheritdoc/>
    public IEnumerator<object?> GetEnumerator() => ((IEnumerable<object?>)_values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A list.</summary>
public sealed class PickleList : PickleContainer, IReadOnlyList<object?>
{
    private List<object?>? _values; // made with the first value: an empty list is one byte of a pickle

    internal PickleList()
    {
    }

    /// <inheritdoc cref="PickleContainer.Count"/>
    public override int Count => _values?.Count ?? 0;

    /// <summary>A value by position.</summary>
    public object? this[int index] => ValueAt(index);

    internal override object? ValueAt(int index) => _values is null ? throw new ArgumentOutOfRangeException(nameof(index)) : _values[index];

    internal void Add(object? value) => (_values ??= []).Add(value);

    /// <inheritdoc/>
    public IEnumerator<object?> GetEnumerator() => (_values ?? Enumerable.Empty<object?>()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A <c>dict</c> or an <c>OrderedDict</c>, in its order. Keys are <see cref="string"/> or <see cref="long"/>.</summary>
public sealed class PickleDictionary : PickleContainer, IReadOnlyCollection<KeyValuePair<object, object?>>
{
    private OrderedDictionary<object, object?>? _values;

    internal PickleDictionary()
    {
    }

    /// <inheritdoc cref="PickleContainer.Count"/>
    public override int Count => _values?.Count ?? 0;

    /// <summary>The value under a key, or null where there is none.</summary>
    public object? Find(string key) => _values?.GetValueOrDefault(key);

    internal override object? ValueAt(int index) => _values is null ? throw new ArgumentOutOfRangeException(nameof(index)) : _values.GetAt(index).Value;

    internal void Set(object key, object? value) => (_values ??= [])[key] = value;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<object, object?>> GetEnumerator() => (_values ?? Enumerable.Empty<KeyValuePair<object, object?>>()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
