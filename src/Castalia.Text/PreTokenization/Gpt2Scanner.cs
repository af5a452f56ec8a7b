using System.Numerics;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>GPT-2's pattern, which is also that of HF's ByteLevel, by hand.</summary>
internal sealed class Gpt2Scanner : WindowScanner
{
    /// <summary>The pattern as tokenizer files write it.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public override int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        byte first = text[start];
        if (first == '\'')
        {
            int contraction = ContractionLength(text[start..]);
            if (contraction != 0)
                return start + contraction;
        }
        int at = start;
        if (first == ' ' && start + 1 < text.Length)
            at++;
        int kind = KindAt(text, at, out int length);
        return kind == CharacterClasses.Space ? WhiteSpaceEnd(text, start) : RunEnd(text, at + length, kind);
    }

    protected override ulong Starts(in TextWindow window)
    {
        ulong letters = window.Letters, numbers = window.Numbers, spaces = window.Spaces, others = window.Others;
        // A kind's run begins a word, unless a space stands before it and belongs to it; white space begins one, and so does its last character.
        ulong goesOn = (letters & (letters << 1)) | (numbers & (numbers << 1)) | (others & (others << 1)) | (window.Blanks << 1);
        ulong starts = (~spaces & ~goesOn) | (spaces & ~((spaces << 1) & (spaces >> 1))) | 1;
        ulong apostrophes = window.Of('\'') & starts & (letters >> 1);
        for (; apostrophes != 0; apostrophes &= apostrophes - 1)
        {
            int at = BitOperations.TrailingZeroCount(apostrophes), length = ContractionLength([(byte)'\'', window[at + 1], window[at + 2]]);
            if (length != 0)
                starts = (starts & ~(2UL << at)) | ((1UL << at << length) & letters);
        }
        return starts;
    }

    /// <summary>The bytes of 's, 't, 're, 've, 'm, 'll or 'd at the start of a text that begins with an apostrophe; 0 for none.</summary>
    private static int ContractionLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
            return 0;
        if (text[1] is (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d')
            return 2;
        if (text.Length < 3)
            return 0;
        return (text[1], text[2]) is ((byte)'r' or (byte)'v', (byte)'e') or ((byte)'l', (byte)'l') ? 3 : 0;
    }
}
