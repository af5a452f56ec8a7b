using System.Text;
using Castalia.Text.Unicode;

namespace Castalia.Text;

/// <summary>Which script text is written in, by its letters, as Unicode 16.0 has it.</summary>
public static class Script
{
    // Each script's name as people write it; null for what letters of all scripts have.
    private static readonly string?[] Names = [.. ScriptTables.Names.Select(NameOf)];

    /// <summary>The script of a letter: <c>Latin</c>, <c>Han</c>; null for what is no letter, or a letter of all scripts.</summary>
    public static string? Of(Rune letter) => IsLetter(letter) ? Names[ScriptTables.Runs[Find(letter.Value)] & 255] : null;

    /// <summary>The script that most letters of a text belong to; of equally many the one that comes first by its code; null for a text without letters.</summary>
    public static string? Dominant(ReadOnlySpan<char> text)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        ReadOnlySpan<int> runs = ScriptTables.Runs;
        int known = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!IsLetter(rune))
                continue;
            // Letters mostly stand beside their like.
            if (rune.Value < runs[known] >> 8 || (known + 1 < runs.Length && rune.Value >= runs[known + 1] >> 8))
                known = Find(rune.Value);
            counts[runs[known] & 255]++;
        }
        int most = -1;
        for (int i = 0; i < Names.Length; i++)
            most = Names[i] is not null && counts[i] > (most < 0 ? 0 : counts[most]) ? i : most;
        return most < 0 ? null : Names[most];
    }

    private static bool IsLetter(Rune rune) => (CharacterClasses.Of[rune.Value] & CharacterClasses.Letter) != 0;

    // The run that a code point lies in: the last that does not begin behind it.
    private static int Find(int codePoint)
    {
        ReadOnlySpan<int> runs = ScriptTables.Runs;
        int low = 0, high = runs.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (runs[middle] >> 8 <= codePoint)
                low = middle;
            else
                high = middle - 1;
        }
        return low;
    }

    private static string? NameOf(string names)
    {
        string name = names.Split(' ')[0];
        return name is "Unknown" or "Common" or "Inherited" ? null : name.Replace('_', ' ');
    }
}
