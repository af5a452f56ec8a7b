using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>HF's Digits: numbers apart from the rest, each on its own or in runs.</summary>
/// <param name="individual">Whether each number is a word of its own.</param>
internal sealed class DigitsScanner(bool individual) : WordScanner
{
    public override int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        bool number = KindAt(text, start, out int length) == CharacterClasses.Number;
        int at = start + length;
        if (number && individual)
            return at;
        while (at < text.Length && KindAt(text, at, out length) == CharacterClasses.Number == number)
            at += length;
        return at;
    }
}
