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
    /// <summary>What it stands for as text; parts of characters are shown as U+FFFD.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    /// <summary>How many bytes it stands for.</summary>
    public int Length => Bytes.Length;

    /// <summary>Whether what it stands for is whole characters.</summary>
    public bool IsUtf8 => Utf8.IsValid(Bytes.Span);
}
