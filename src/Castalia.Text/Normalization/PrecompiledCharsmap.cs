using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>
/// SentencePiece's <c>precompiled_charsmap</c>: the length of a double array in bytes, the array (a trie over UTF-8 bytes, in the form of
/// darts-clone), and after it what keys are replaced by, each ended by a zero byte; the trie's values are places there. A damaged array
/// finds less, or something else, but nothing outside.
/// </summary>
internal sealed class PrecompiledCharsmap
{
    private const uint LabelMask = 0x8000_00FF, LeafBit = 1 << 8, LongBit = 1 << 9, ValueMask = 0x7FFF_FFFF;

    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private PrecompiledCharsmap(uint[] units, byte[] replacements)
    {
        (_units, _replacements) = (units, replacements);
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
        uint[] units = new uint[count];
        for (int i = 0; i < units.Length; i++)
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(contents[(i * sizeof(uint))..]);
        contents = contents[(units.Length * sizeof(uint))..];
        return Utf8.IsValid(contents) ? new PrecompiledCharsmap(units, contents.ToArray()) : null;
    }

    /// <summary>
    /// What stands for a stretch of text: the replacement of the shortest key that the stretch begins with (HF looks for all and takes the
    /// first that it finds, and the rest of the stretch goes with it). False where there is none.
    /// </summary>
    public bool TryReplace(ReadOnlySpan<byte> stretch, out ReadOnlySpan<byte> replacement)
    {
        replacement = default;
        uint node = Offset(_units[0]);
        foreach (byte value in stretch)
        {
            node ^= value;
            if (value == 0 || node >= _units.Length || (_units[node] & LabelMask) != value)
                return false;
            uint unit = _units[node];
            node ^= Offset(unit);
            if ((unit & LeafBit) != 0)
                return node < _units.Length && TryRead(_units[node] & ValueMask, out replacement);
        }
        return false;
    }

    private bool IsFirst(byte value)
    {
        uint node = Offset(_units[0]) ^ value;
        return node < _units.Length && (_units[node] & LabelMask) == value;
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

    private static uint Offset(uint unit) => (unit >> 10) << ((unit & LongBit) != 0 ? 8 : 0);
}
