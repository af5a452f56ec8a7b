using Castalia.Text.Unicode;

namespace Castalia.Text.Training;

/// <summary>Words as characters, whatever their units are: a byte is the character that stands for it in the byte-level alphabet.</summary>
internal static class WordSpelling
{
    /// <summary>One more than the largest character that words of these units can have.</summary>
    public static int Characters(WordUnits units) => units == WordUnits.Bytes ? ByteAlphabet.CharacterOf.Max() + 1 : 0x110000;

    /// <summary>Writes the characters (code points) of a word; returns how many.</summary>
    /// <param name="word">The word.</param>
    /// <param name="units">What its bytes are.</param>
    /// <param name="characters">Where they go; as long as the word has bytes, at least.</param>
    public static int Write(ReadOnlySpan<byte> word, WordUnits units, Span<int> characters)
    {
        int count = 0;
        if (units == WordUnits.Bytes)
        {
            foreach (byte value in word)
                characters[count++] = ByteAlphabet.CharacterOf[value];
            return count;
        }
        for (int at = 0; at < word.Length;)
        {
            characters[count++] = CodePoint.At(word, at, out int length);
            at += length;
        }
        return count;
    }

    /// <summary>A word as a token is written in a tokenizer file.</summary>
    public static string Text(ReadOnlySpan<byte> word, WordUnits units) =>
        units == WordUnits.Bytes ? ByteAlphabet.Write(word) : System.Text.Encoding.UTF8.GetString(word);
}
