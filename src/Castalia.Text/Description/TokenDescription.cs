using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Castalia.Text;

/// <summary>One token of a tokenizer.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Token">The token as the tokenizer's file writes it: <c>Ġthe</c>.</param>
/// <param name="Bytes">The bytes of text that it stands for inside a text: those of <c> the</c>.</param>
/// <param name="IsAdded">Whether it is an added token.</param>
/// <param name="IsSpecial">Whether it is a mark rather than text.</param>
public sealed record TokenDescription(int Id, string Token, [property: JsonIgnore] ReadOnlyMemory<byte> Bytes, bool IsAdded, bool IsSpecial)
{
    /// <summary>What it stands for as text, for people to read; bytes that are parts of characters are written <c>\xE2</c>.</summary>
    public string Text => IsUtf8 ? Encoding.UTF8.GetString(Bytes.Span) : WithEscapes(Bytes.Span);

    /// <summary>How many bytes it stands for.</summary>
    public int Length => Bytes.Length;

    /// <summary>Whether what it stands for is whole characters.</summary>
    public bool IsUtf8 => Utf8.IsValid(Bytes.Span);

    private static string WithEscapes(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new();
        while (bytes.Length > 0)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int used);
            if (status == OperationStatus.Done)
                text.Append(rune.ToString());
            else
                text.Append(CultureInfo.InvariantCulture, $"\\x{bytes[0]:X2}");
            bytes = bytes[(status == OperationStatus.Done ? used : 1)..];
        }
        return text.ToString();
    }
}
