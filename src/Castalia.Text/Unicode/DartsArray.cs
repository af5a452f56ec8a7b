using System.Buffers.Binary;

namespace Castalia.Text.Unicode;

/// <summary>
/// A trie over bytes as a double array (Aoe 1989) in the form of the library Darts-clone, which SentencePiece's <c>precompiled_charsmap</c> holds.
/// Each unit is a node (its label, whether a value hangs on it, the offset to its children) or, its highest bit set, a value. A damaged array
/// leads elsewhere, but not outside.
/// </summary>
internal readonly struct DartsArray
{
    private const uint LabelMask = 0x8000_00FF, LeafBit = 1 << 8, LongBit = 1 << 9, ValueBit = 1u << 31;

    private readonly uint[] _units;

    private DartsArray(uint[] units) => _units = units;

    /// <summary>Where every string begins.</summary>
    public uint Root => OffsetOf(_units[0]);

    /// <summary>The values of all units that are values.</summary>
    public IEnumerable<uint> Values => _units.Where(unit => (unit & ValueBit) != 0).Select(unit => unit & ~ValueBit);

    /// <summary>Reads little-endian units, at least one; what is left over is passed by.</summary>
    public static DartsArray Read(ReadOnlySpan<byte> bytes)
    {
        uint[] units = new uint[bytes.Length / sizeof(uint)];
        for (int i = 0; i < units.Length; i++)
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
        return new DartsArray(units);
    }

    /// <summary>Steps from a node by a byte; false where no string goes on so.</summary>
    /// <param name="node">The node; afterwards the one that the byte leads to.</param>
    /// <param name="label">The byte.</param>
    /// <param name="hasValue">Whether a string ends with the byte; its value is then the unit at the new node.</param>
    public bool TryStep(ref uint node, byte label, out bool hasValue)
    {
        node ^= label;
        hasValue = false;
        if (node >= _units.Length || (_units[node] & LabelMask) != label)
            return false;
        uint unit = _units[node];
        node ^= OffsetOf(unit);
        hasValue = (unit & LeafBit) != 0;
        return true;
    }

    /// <summary>The unit at a node as a value, and whether it says that it is one; false where there is no such unit.</summary>
    public bool TryValue(uint node, out uint value, out bool marked)
    {
        bool inside = node < _units.Length;
        uint unit = inside ? _units[node] : 0;
        (value, marked) = (unit & ~ValueBit, (unit & ValueBit) != 0);
        return inside;
    }

    private static uint OffsetOf(uint unit) => (unit >> 10) << ((unit & LongBit) != 0 ? 8 : 0);
}
