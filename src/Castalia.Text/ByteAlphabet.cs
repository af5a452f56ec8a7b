using System.Text;

namespace Castalia.Text;

/// <summary>
/// The byte-level alphabet of GPT-2: each byte as one printable character, so that tokens of arbitrary bytes can be written as text.
/// 33-126, 161-172 and 174-255 stand for themselves, the other 68 bytes in order for U+0100 and on.
/// </summary>
internal static class ByteAlphabet
{
    /// <summary>The character of each byte.</summary>
    public static readonly char[] CharacterOf = Build();

    private static readonly short[] ByteOfCharacter = Invert();

    /// <summary>The byte that a character stands for, or -1.</summary>
    public static int ByteOf(char character) => character < ByteOfCharacter.Length ? ByteOfCharacter[character] : -1;

    /// <summary>Bytes as a token is written in a tokenizer file.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        foreach (byte value in bytes)
            text.Append(CharacterOf[value]);
        return text.ToString();
    }

    /// <summary>
    /// The bytes of a token as HF's ByteLevel decoder reads it: its characters' bytes where all are of the alphabet, else its UTF-8.
    /// </summary>
    public static byte[] Read(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int value = ByteOf(token[i]);
            if (value < 0)
                return Encoding.UTF8.GetBytes(token);
            bytes[i] = (byte)value;
        }
        return bytes;
    }

    private static char[] Build()
    {
        char[] characters = new char[256];
        int next = 0x100;
        for (int value = 0; value < 256; value++)
            characters[value] = value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174 ? (char)value : (char)next++;
        return characters;
    }

    private static short[] Invert()
    {
        short[] bytes = new short[0x100 + 68];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++)
            bytes[CharacterOf[value]] = (short)value;
        return bytes;
    }
}
