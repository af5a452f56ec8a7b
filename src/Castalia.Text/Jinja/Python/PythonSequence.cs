namespace Castalia.Text.Jinja.Python;

/// <summary>Python's iteration, indexing and slicing.</summary>
internal static class PythonSequence
{
    /// <summary>What iterating over the value gives: members of a list, characters of a text, keys of a mapping.</summary>
    public static IReadOnlyList<object?> ToList(object? value)
    {
        switch (value)
        {
            case IReadOnlyList<object?> list: return list;
            case string text: return PythonString.CodePoints(text);
            case JinjaUndefined undefined:
                undefined.Use();
                return [];
            default:
                return PythonMapping.Is(value) ? [.. PythonMapping.Entries(value!).Select(pair => pair.Key)]
                    : throw new PythonException($"TypeError: '{PythonOperators.TypeName(value)}' object is not iterable");
        }
    }

    /// <summary>Python's <c>len</c>.</summary>
    public static long Length(object? value)
    {
        switch (value)
        {
            case string text: return PythonString.Length(text);
            case IReadOnlyList<object?> list: return list.Count;
            case JinjaUndefined undefined:
                undefined.Use();
                return 0;
            default:
                return PythonMapping.Is(value) ? PythonMapping.Count(value!)
                    : throw new PythonException($"TypeError: object of type '{PythonOperators.TypeName(value)}' has no len()");
        }
    }

    /// <summary>The member at an index, counted from the end if below zero; false if there is none.</summary>
    public static bool TryIndex(object sequence, long index, out object? value)
    {
        value = null;
        if (sequence is string text)
        {
            long length = PythonString.Length(text);
            index = index < 0 ? index + length : index;
            if (index < 0 || index >= length)
                return false;
            value = length == text.Length ? text[(int)index].ToString() : PythonString.CodePoints(text)[index];
            return true;
        }
        var list = (IReadOnlyList<object?>)sequence;
        index = index < 0 ? index + list.Count : index;
        if (index < 0 || index >= list.Count)
            return false;
        value = list[(int)index];
        return true;
    }

    /// <summary>Python's <c>sequence[start:stop:step]</c>; null stands for what was left out.</summary>
    public static object Slice(object? sequence, long? start, long? stop, long? step)
    {
        if (sequence is JinjaUndefined undefined)
            throw undefined.Error;
        if (sequence is not (string or IReadOnlyList<object?>))
            throw new PythonException($"TypeError: a '{PythonOperators.TypeName(sequence)}' cannot be sliced");
        long stride = step ?? 1;
        if (stride == 0)
            throw new PythonException("ValueError: slice step cannot be zero");
        if (sequence is string plain && stride == 1 && PythonString.IsPlain(plain))
        {
            (int from, int to) = ((int)Bound(start, 0, plain.Length, 1), (int)Bound(stop, plain.Length, plain.Length, 1));
            return from < to ? plain[from..to] : "";
        }
        IReadOnlyList<object?> list = ToList(sequence);
        long first = Bound(start, stride > 0 ? 0 : list.Count - 1, list.Count, stride);
        long last = Bound(stop, stride > 0 ? list.Count : -1, list.Count, stride);
        var members = new List<object?>();
        for (long i = first; stride > 0 ? i < last : i > last; i += stride)
            members.Add(list[(int)i]);
        return sequence switch
        {
            string => string.Concat(members),
            PythonTuple => new PythonTuple([.. members]),
            _ => members,
        };
    }

    private static long Bound(long? given, long otherwise, int length, long step)
    {
        if (given is not { } index)
            return otherwise;
        if (index < 0)
            index += length;
        return step > 0 ? Math.Clamp(index, 0, length) : Math.Clamp(index, -1, length - 1);
    }
}
