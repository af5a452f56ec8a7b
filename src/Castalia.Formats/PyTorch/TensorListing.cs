using System.Globalization;

namespace Castalia.Formats;

/// <summary>The tensors among a pickle's containers, by names joined of the keys and positions that lead to them.</summary>
internal sealed class TensorListing
{
    private readonly string _path;
    private readonly OrderedDictionary<string, PytorchTensor> _tensors = new(StringComparer.Ordinal);
    private long _values, _characters;

    private TensorListing(string path, long pickleLength) => (_path, _values, _characters) = (path, pickleLength, 4096 + 4 * pickleLength);

    /// <summary>Lists them.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="content">What the pickle made.</param>
    /// <param name="pickleLength">The pickle's bytes. A container may stand in several places and unfold to far more than the pickle; then it is refused.</param>
    public static OrderedDictionary<string, PytorchTensor> Of(string path, object? content, long pickleLength)
    {
        var listing = new TensorListing(path, pickleLength);
        listing.Add("", content);
        return listing._tensors;
    }

    // As deep as PickleReader lets containers be nested.
    private void Add(string name, object? value)
    {
        if (--_values < 0)
            throw Bomb();
        switch (value)
        {
            case PytorchTensor tensor:
                if (!_tensors.TryAdd(name, tensor))
                    throw new InputException(_path, $"tensor {name}", "two tensors have this name once the names of containers are joined.", PytorchFile.SaveTensors);
                break;
            case PickleDictionary dictionary:
                foreach ((object key, object? item) in dictionary)
                    AddItem(name, key, item);
                break;
            case PickleList or PickleTuple:
                long position = 0;
                foreach (object? item in (IEnumerable<object?>)value)
                    AddItem(name, position++, item);
                break;
        }
    }

    private void AddItem(string name, object key, object? item)
    {
        if (item is not (PytorchTensor or PickleContainer))
        {
            if (--_values < 0)
                throw Bomb();
            return;
        }
        string own = key as string ?? ((long)key).ToString(CultureInfo.InvariantCulture);
        _characters -= name.Length + own.Length + 1;
        if (_characters < 0)
            throw Bomb();
        Add(name.Length == 0 ? own : $"{name}.{own}", item);
    }

    private InputException Bomb() => new(_path, null, "its containers hold each other so often that they unfold to far more than the file.", PytorchFile.SaveTensors);
}
