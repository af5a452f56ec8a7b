using System.Globalization;
using System.Text;

namespace Castalia.Cli.Display;

/// <summary>A table in columns of even width, of text alone, so that it is the same on a terminal and in a file.</summary>
/// <param name="columns">The headings; one that begins with <c>&gt;</c> is of a column of numbers, which are set right.</param>
internal sealed class TextTable(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Writes the table.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="indent">Spaces in front of each line.</param>
    public void Write(TextWriter output, int indent = 0)
    {
        string[] headings = [.. columns.Select(column => column.TrimStart('>'))];
        int[] widths = [.. headings.Select((heading, i) => _rows.Select(row => WidthOf(row[i])).Append(WidthOf(heading)).Max())];
        foreach (string[] row in _rows.Prepend(headings))
        {
            var line = new StringBuilder().Append(' ', indent);
            for (int i = 0; i < row.Length; i++)
            {
                int missing = widths[i] - WidthOf(row[i]);
                bool right = columns[i].StartsWith('>');
                line.Append(' ', right ? missing : 0).Append(row[i]);
                if (i < row.Length - 1)
                    line.Append(' ', (right ? 0 : missing) + 2);
            }
            output.WriteLine(line.ToString().TrimEnd());
        }
    }

    /// <summary>
    /// Text from a file so that it cannot steer the terminal: control characters, marks of direction and halves of pairs are written as escapes.
    /// </summary>
    public static string Shown(string text, int most = 60)
    {
        var shown = new StringBuilder();
        int count = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (count++ == most)
                return shown.Append("...").ToString();
            shown.Append(rune.Value switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                    => string.Create(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}"),
                _ => rune.ToString(),
            });
        }
        return shown.ToString();
    }

    // Terminals give two columns to East Asian characters and emoji, and none to marks on the character before.
    private static int WidthOf(string text) => text.EnumerateRunes().Sum(rune => rune.Value switch
    {
        (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F)
            or (>= 0xFF00 and <= 0xFF60) or (>= 0x1F300 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFF) => 2,
        _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark => 0,
        _ => 1,
    });
}
