using System.Buffers;
using System.Text;

namespace Castalia.Text.Bpe;

/// <summary>The tokens that single characters, and single bytes, start out as. Built once a model, shared by its encoders.</summary>
internal sealed class CharacterSymbols
{
    private const int SmallPoints = 0x500;

    private readonly int[] _small = new int[SmallPoints];
    private readonly Dictionary<int, int> _others = [];
    private readonly int[] _bytes = new int[256];

    public CharacterSymbols(IReadOnlyDictionary<string, int> ids)
    {
        Array.Fill(_small, -1);
        foreach ((string token, int id) in ids)
        {
            if (Rune.DecodeFromUtf16(token, out Rune rune, out int used) != OperationStatus.Done || used != token.Length)
                continue;
            if (rune.Value < SmallPoints)
                _small[rune.Value] = id;
            else
                _others[rune.Value] = id;
        }
        for (int value = 0; value < 256; value++)
            _bytes[value] = ids.GetValueOrDefault($"<0x{value:X2}>", -1);
    }

    /// <summary>The token of a character, or -1.</summary>
    public int Of(int codePoint) => codePoint < SmallPoints ? _small[codePoint] : _others.GetValueOrDefault(codePoint, -1);

    /// <summary>The token <c>&lt;0xNN&gt;</c> of a byte, or -1.</summary>
    public int OfByte(byte value) => _bytes[value];

    /// <summary>Whether each of some bytes has its token.</summary>
    public bool HasAllBytes(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (_bytes[value] < 0)
                return false;
        }
        return true;
    }
}
