using System.Buffers.Binary;

namespace Castalia.Formats;

/// <summary>The CRC-32 of zip and gzip (polynomial 0xEDB88320, reflected), eight bytes at a time.</summary>
internal static class Crc32
{
    // Row k: what a byte does to the sum when k more bytes follow it.
    private static readonly uint[][] Tables = Build();

    /// <summary>Continues a checksum; the first starts from 0.</summary>
    public static uint Append(uint sum, ReadOnlySpan<byte> bytes)
    {
        sum = ~sum;
        uint[][] t = Tables;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ sum, high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            sum = t[7][low & 0xFF] ^ t[6][(low >> 8) & 0xFF] ^ t[5][(low >> 16) & 0xFF] ^ t[4][low >> 24]
                ^ t[3][high & 0xFF] ^ t[2][(high >> 8) & 0xFF] ^ t[1][(high >> 16) & 0xFF] ^ t[0][high >> 24];
        }
        foreach (byte value in bytes)
            sum = (sum >> 8) ^ t[0][(sum ^ value) & 0xFF];
        return ~sum;
    }

    private static uint[][] Build()
    {
        uint[][] tables = [.. Enumerable.Range(0, 8).Select(_ => new uint[256])];
        for (uint i = 0; i < 256; i++)
        {
            uint sum = i;
            for (int bit = 0; bit < 8; bit++)
                sum = (sum & 1) != 0 ? (sum >> 1) ^ 0xEDB88320 : sum >> 1;
            tables[0][i] = sum;
        }
        for (int k = 1; k < 8; k++)
        {
            for (int i = 0; i < 256; i++)
                tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xFF];
        }
        return tables;
    }
}
