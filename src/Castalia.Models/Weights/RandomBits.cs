using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Castalia.Models;

/// <summary>xoshiro256** (Blackman and Vigna 2018), its state the SHA-256 of what the numbers are for: streams that share nothing.</summary>
internal struct RandomBits
{
    private ulong _a, _b, _c, _d;

    /// <summary>The stream of a seed for one purpose and one part of it.</summary>
    public RandomBits(long seed, string purpose, long part)
    {
        byte[] key = new byte[16 + Encoding.UTF8.GetByteCount(purpose)];
        BinaryPrimitives.WriteInt64LittleEndian(key, seed);
        BinaryPrimitives.WriteInt64LittleEndian(key.AsSpan(8), part);
        Encoding.UTF8.GetBytes(purpose, key.AsSpan(16));
        ReadOnlySpan<byte> state = SHA256.HashData(key);
        _a = BinaryPrimitives.ReadUInt64LittleEndian(state);
        _b = BinaryPrimitives.ReadUInt64LittleEndian(state[8..]);
        _c = BinaryPrimitives.ReadUInt64LittleEndian(state[16..]);
        _d = BinaryPrimitives.ReadUInt64LittleEndian(state[24..]);
    }

    /// <summary>A stream that continues from the given state.</summary>
    internal RandomBits(ulong a, ulong b, ulong c, ulong d) => (_a, _b, _c, _d) = (a, b, c, d);

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9, shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform from 0 to below 1, in steps of 2^−53.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1L << 53));
}
