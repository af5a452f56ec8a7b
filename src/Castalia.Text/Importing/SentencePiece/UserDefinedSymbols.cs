using System.Text;
using Castalia.Text.Models;

namespace Castalia.Text.Importing;

/// <summary>The symbols of a SentencePiece model that are always one piece: they are neither normalized nor cut nor joined to others.</summary>
internal static class UserDefinedSymbols
{
    /// <summary>The model's symbols; null where it has none.</summary>
    public static ByteTrie? Of(SentencePieceModel model)
    {
        (byte[], int)[] symbols =
            [.. model.Pieces.Index().Where(piece => piece.Item.Kind == SentencePieceKind.UserDefined).Select(piece => (Encoding.UTF8.GetBytes(piece.Item.Text), piece.Index))];
        return symbols.Length > 0 ? new ByteTrie(symbols) : null;
    }

    /// <summary>How many bytes the longest symbol has that a text has at a place; 0 for none.</summary>
    public static int Match(ByteTrie symbols, ReadOnlySpan<byte> text, int start)
    {
        int longest = 0;
        for (int at = start, node = ByteTrie.Root; at < text.Length && (node = symbols.Next(node, text[at])) >= 0; at++)
        {
            if (symbols.ValueAt(node) >= 0)
                longest = at + 1 - start;
        }
        return longest;
    }
}
