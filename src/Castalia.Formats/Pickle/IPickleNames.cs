namespace Castalia.Formats;

/// <summary>What the names in a pickle stand for. A pickle can do nothing but make plain data and ask for one of these.</summary>
internal interface IPickleNames
{
    /// <summary>What a Python name stands for; null where it stands for nothing here, and the pickle is refused.</summary>
    object? Find(string module, string name);

    /// <summary>The result of calling what <see cref="Find"/> gave.</summary>
    /// <exception cref="InputException">It cannot be called, or not with these.</exception>
    object? Call(PickleReader pickle, object? called, PickleTuple arguments);

    /// <summary>The object outside the pickle that an id refers to.</summary>
    /// <exception cref="InputException">There are none of such an id.</exception>
    object? Persistent(PickleReader pickle, object? id);
}
