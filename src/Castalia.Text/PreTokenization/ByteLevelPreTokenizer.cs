using System.Text.Json;
using Castalia.Text.Normalization;
using Castalia.Text.TokenizerJson;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>
/// HF's ByteLevel: puts a space in front of each piece that does not begin with one, cuts by GPT-2's pattern, and writes each byte as a
/// character of the byte-level alphabet; the first two only where asked for.
/// </summary>
/// <param name="addPrefixSpace">Whether a space is put in front.</param>
/// <param name="trimOffsets">Kept for the file; it says something to the post-processor of the same name only.</param>
/// <param name="useRegex">Whether it cuts.</param>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool trimOffsets, bool useRegex) : PreTokenizer
{
    private readonly GptCutter _cutter = new();

    /// <summary>Whether it cuts by GPT-2's pattern.</summary>
    public bool UseRegex => useRegex;

    /// <summary>Whether a space is put in front of pieces.</summary>
    public bool AddPrefixSpace => addPrefixSpace;

    public override bool CutsBeforeSpaceAfterLetter => useRegex;

    public override bool IsLocal => true;

    /// <summary>Reads the part.</summary>
    public static ByteLevelPreTokenizer Read(JsonPart part) =>
        new(part.Flag("add_prefix_space", true), part.Flag("trim_offsets", true), part.Flag("use_regex", true));

    public override void PreTokenize(PreTokenizedText text)
    {
        PreTokenizeBytes(text);
        text.Rewrite(WriteAlphabet);
    }

    /// <summary>All but writing bytes as characters: for a model that works on the bytes themselves.</summary>
    public void PreTokenizeBytes(PreTokenizedText text)
    {
        if (addPrefixSpace)
            text.Rewrite(AddSpace);
        if (useRegex)
            text.Cut(_cutter);
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", addPrefixSpace);
        json.WriteBoolean("trim_offsets", trimOffsets);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    private static void AddSpace(NormalizedText text, Piece piece)
    {
        if (text.Bytes[piece.Start] != ' ')
            text.PrependToNext(" "u8);
    }

    private static void WriteAlphabet(NormalizedText text, Piece piece)
    {
        while (text.Position < piece.End)
        {
            // The first byte's character takes the place of the whole one, the others are put in after it.
            CodePoint.At(text.Bytes, text.Position, out int size);
            ReadOnlySpan<byte> character = text.Bytes.Slice(text.Position, size);
            text.Replace(ByteAlphabet.CharacterOf[character[0]]);
            foreach (byte other in character[1..])
                text.Insert(ByteAlphabet.CharacterOf[other]);
        }
    }

    private sealed class GptCutter : PieceCutter
    {
        private readonly Gpt2Scanner _scanner = new();

        public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces) => _scanner.Cut(piece, pieces);

        public override void Write(Utf8JsonWriter json) => throw new InvalidOperationException("This is part of ByteLevel, which writes itself.");
    }
}
