using System.Text.Json;
using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>HF's ByteLevel as a normalizer: writes each byte as a character of the byte-level alphabet.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    /// <summary>False: it writes letters of two and more bytes, and white space, as characters of other kinds.</summary>
    public override bool IsLocal => false;

    public override bool LeavesAsIs(ReadOnlySpan<byte> text) => text.IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;

    public override void Normalize(NormalizedText text)
    {
        text.BeginRewrite();
        while (text.Position < text.Length)
        {
            // The first byte's character takes the place of the whole one, the others are put in after it.
            CodePoint.At(text.Bytes, text.Position, out int size);
            ReadOnlySpan<byte> character = text.Bytes.Slice(text.Position, size);
            text.Replace(ByteAlphabet.CharacterOf[character[0]]);
            foreach (byte other in character[1..])
                text.Insert(ByteAlphabet.CharacterOf[other]);
        }
        text.EndRewrite();
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteEndObject();
    }
}
