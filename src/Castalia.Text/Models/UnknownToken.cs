using System.Text;

namespace Castalia.Text.Models;

/// <summary>What is said where a text needs an unknown token that the tokenizer lacks. As in HF, only such a text brings it up.</summary>
internal static class UnknownToken
{
    private const int LongestShown = 60;

    /// <param name="name">The token that the file names and its vocabulary lacks; null where it names none.</param>
    /// <param name="piece">What no token stands for.</param>
    public static InputException Missing(string? name, ReadOnlySpan<byte> piece)
    {
        string shown = Encoding.UTF8.GetString(piece[..Math.Min(piece.Length, LongestShown)]);
        string problem = name is null
            ? "the tokenizer has no token for this, and no unknown token."
            : $"the tokenizer has no token for this, and its unknown token \"{name}\" is not in its vocabulary.";
        return new InputException("text", $"\"{shown}\"", problem, "Encode other text, or give the tokenizer an unknown token.");
    }
}
