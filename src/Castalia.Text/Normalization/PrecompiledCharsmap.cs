using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;
using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>
/// SentencePiece's <c>precompiled_charsmap</c> as HF uses it: the length of a double array in bytes, the array, and after it what keys are replaced by, each ended by a zero byte; the trie's values are places there. A damaged array
/// finds less, or something else, but nothing outside.
/// </summary>
internal sealed class PrecompiledCharsmap
{
    private readonly DartsArray _array;
    private readonly byte[] _replacements;

    private PrecompiledCharsmap(DartsArray array, byte[] replacements)
    {
        (_array, _replacements) = (array, replacements);
        FirstBytes = SearchValues.Create([.. Enumerable.Range(1, 255).Where(value => IsFirst((byte)value)).Select(value => (byte)value)]);
    }

    /// <summary>The bytes that keys begin with.</summary>
    public SearchValues<byte> FirstBytes { get; }

    /// <summary>Reads a map; null where it is cut short, has no array, or its replacements are not UTF-8.</summary>
    public static PrecompiledCharsmap? Parse(ReadOnlySpan<byte> contents)
    {
        if (!BinaryPrimitives.TryReadUInt32LittleEndian(contents, out uint size) || size < sizeof(uint))
            return null;
        uint count = size / sizeof(uint);
        contents = contents[sizeof(uint)..];
        if (count > contents.Length / sizeof(uint))
            return null;
        int length = (int)count * sizeof(uint);
        ReadOnlySpan<byte> replacements = contents[length..];
        return Utf8.IsValid(replacements) ? new PrecompiledCharsmap(DartsArray.Read(contents[..length]), replacements.ToArray()) : null;
    }

    /// <summary>
    /// What stands for a stretch of text: the replacement of the shortest key that the stretch begins with (HF looks for all and takes the
    /// first that it finds, and the rest of the stretch goes with it). False where there is none.
    /// </summary>
    public bool TryReplace(ReadOnlySpan<byte> stretch, out ReadOnlySpan<byte> replacement)
    {
        replacement = default;
        uint node = _array.Root;
        foreach (byte label in stretch)
        {
            if (label == 0 || !_array.TryStep(ref node, label, out bool hasValue))
                return false;
            if (hasValue)
                return _array.TryValue(node, out uint start, out _) && TryRead(start, out replacement);
        }
        return false;
    }

    private bool IsFirst(byte value)
    {
        uint node = _array.Root;
        return _array.TryStep(ref node, value, out _);
    }

    private bool TryRead(uint start, out ReadOnlySpan<byte> replacement)
    {
        replacement = default;
        // A replacement begins with a character, not inside one.
        if (start > _replacements.Length || (start < _replacements.Length && (_replacements[start] & 0xC0) == 0x80))
            return false;
        ReadOnlySpan<byte> from = _replacements.AsSpan((int)start);
        int end = from.IndexOf((byte)0);
        replacement = end < 0 ? from : from[..end];
        return true;
    }
}
