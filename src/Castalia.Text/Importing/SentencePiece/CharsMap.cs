using System.Buffers.Binary;
using System.Text.Unicode;
using Castalia.Text.Unicode;

namespace Castalia.Text.Importing;

/// <summary>
/// SentencePiece's <c>precompiled_charsmap</c> as SentencePiece itself uses it: which strings of characters are written as which others, the longest
/// first. A double array leads from a string's bytes to where its replacement begins in a list of texts that end with a zero byte.
/// </summary>
internal sealed class CharsMap
{
    private const int LongestReplacement = 1024;
    private const string Remedy = "The file is damaged: get it anew from the model's page.";

    private readonly DartsArray _array;
    private readonly byte[] _texts;

    private CharsMap(byte[] contents, DartsArray array, byte[] texts) => (Contents, _array, _texts) = (contents, array, texts);

    /// <summary>The rules as they are compiled.</summary>
    public byte[] Contents { get; }

    /// <summary>Reads the compiled rules.</summary>
    /// <param name="bytes">The length of the double array in four bytes, the double array, the texts.</param>
    /// <param name="file">The file, for complaints.</param>
    /// <param name="place">Where in it they are.</param>
    /// <exception cref="InputException">They cannot be used without harm.</exception>
    public static CharsMap Read(ReadOnlySpan<byte> bytes, string file, string place)
    {
        InputException Wrong(string problem) => new(file, place, $"in the precompiled_charsmap, {problem}", Remedy);

        byte[] contents = bytes.ToArray();
        if (bytes.Length <= sizeof(uint))
            throw Wrong($"there are only {bytes.Length} bytes.");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        bytes = bytes[sizeof(uint)..];
        if (length >= bytes.Length || length % sizeof(uint) != 0 || length == 0)
            throw Wrong($"the double array has {length} bytes of {bytes.Length}.");
        DartsArray array = DartsArray.Read(bytes[..(int)length]);
        // A zero byte ends each text, the last one too.
        byte[] texts = [.. bytes[(int)length..], 0];
        if (!Utf8.IsValid(texts))
            throw Wrong("a replacement is not UTF-8.");
        foreach (uint start in array.Values)
        {
            if (start >= texts.Length || (texts[start] & 0xC0) == 0x80)
                throw Wrong($"a rule leads to place {start} of its {texts.Length} bytes of text.");
            if (texts.AsSpan((int)start, Math.Min(LongestReplacement + 1, texts.Length - (int)start)).IndexOf((byte)0) < 0)
                throw Wrong($"the replacement at place {start} has more than {LongestReplacement} bytes.");
        }
        return new CharsMap(contents, array, texts);
    }

    /// <summary>Finds the longest string with a rule that a text has at a place, and ends with a whole character.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="start">The place.</param>
    /// <param name="length">How many bytes the string has; 0 where there is none.</param>
    /// <returns>What is written in its place.</returns>
    public ReadOnlySpan<byte> Match(ReadOnlySpan<byte> text, int start, out int length)
    {
        length = 0;
        int found = 0;
        uint node = _array.Root;
        for (int at = start; at < text.Length && _array.TryStep(ref node, text[at++], out bool hasValue);)
        {
            bool ends = hasValue && (at == text.Length || (text[at] & 0xC0) != 0x80);
            if (ends && _array.TryValue(node, out uint value, out bool marked) && marked)
                (length, found) = (at - start, (int)value);
        }
        if (length == 0)
            return [];
        ReadOnlySpan<byte> replacement = _texts.AsSpan(found);
        return replacement[..replacement.IndexOf((byte)0)];
    }
}
