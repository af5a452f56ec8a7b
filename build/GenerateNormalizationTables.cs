// Writes src/Castalia.Text/Unicode/NormalizationTables.g.cs.
//
//     dotnet run build/GenerateNormalizationTables.cs -- FOLDER src/Castalia.Text/Unicode/NormalizationTables.g.cs
//
// FOLDER holds UnicodeData.txt, DerivedAge.txt, DerivedCoreProperties.txt, GraphemeBreakProperty.txt (from auxiliary) and emoji-data.txt
// (from emoji) of the Unicode Character Database, version 17.0.0.
//
// HF tokenizers 0.23.2 does not have one version of Unicode but three, one for each library that it is made of. Asked code point by code
// point it shows: compatibility decompositions and marks of 9.0; nonspacing marks and controls for BertNormalizer of 8.0; lower case and
// grapheme clusters of 17.0. Older versions are the newest data without what was assigned later; the few code points whose category
// has changed since are named below.
using System.Globalization;
using System.Text;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: dotnet run build/GenerateNormalizationTables.cs -- UCD_FOLDER OUTPUT.cs");
    return 1;
}

string[][] Rows(string file) => File.ReadLines(Path.Combine(args[0], file))
    .Select(line => line.Split('#')[0].Trim())
    .Where(line => line.Length > 0)
    .Select(line => line.Split(';', StringSplitOptions.TrimEntries))
    .ToArray();

static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

static (int First, int Last) Ends(string[] row)
{
    int[] ends = row[0].Split("..").Select(Hex).ToArray();
    return (ends[0], ends[^1]);
}

Version[] age = new Version[0x110000];
Array.Fill(age, new Version(99, 0));
foreach (string[] row in Rows("DerivedAge.txt"))
{
    (int first, int last) = Ends(row);
    Array.Fill(age, Version.Parse(row[1]), first, last - first + 1);
}

string[] category = new string[0x110000];
Array.Fill(category, "Cn");
List<int> compatibility = [];
List<(int From, int To)> lower = [];
int opened = 0;
foreach (string[] row in Rows("UnicodeData.txt"))
{
    int codePoint = Hex(row[0]);
    int first = row[1].EndsWith("Last>", StringComparison.Ordinal) ? opened : codePoint;
    opened = codePoint;
    Array.Fill(category, row[2], first, codePoint - first + 1);
    if (row[5].StartsWith('<') && age[codePoint] <= new Version(9, 0))
    {
        int[] parts = row[5].Split(' ')[1..].Select(Hex).ToArray();
        compatibility.AddRange([codePoint, parts.Length, .. parts]);
    }
    if (row[13].Length > 0)
        lower.Add((codePoint, Hex(row[13])));
}

int[] Assigned(Version until, Func<string, bool> belongs, int[] alsoThen, int[] notThen) => Enumerable.Range(0, 0x110000)
    .Where(c => (age[c] <= until && belongs(category[c]) && !notThen.Contains(c)) || alsoThen.Contains(c)).ToArray();

static IEnumerable<int> Ranges(int[] points)
{
    for (int i = 0; i < points.Length;)
    {
        int last = i;
        while (last + 1 < points.Length && points[last + 1] == points[last] + 1)
            last++;
        yield return points[i];
        yield return points[last];
        i = last + 1;
    }
}

// Runs of capitals a step of 1 or 2 apart whose small letters are equally far from them.
static IEnumerable<int> LowerRuns(List<(int From, int To)> lower)
{
    for (int i = 0; i < lower.Count;)
    {
        (int from, int to) = lower[i];
        bool goesOn = i + 1 < lower.Count && lower[i + 1].To - lower[i + 1].From == to - from && lower[i + 1].From - from <= 2;
        int step = goesOn ? lower[i + 1].From - from : 1;
        int last = i;
        while (last + 1 < lower.Count && lower[last + 1].From == lower[last].From + step && lower[last + 1].To - lower[last + 1].From == to - from)
            last++;
        yield return from;
        yield return lower[last].From;
        yield return step;
        yield return to - from;
        i = last + 1;
    }
}

string[] breaks = ["Other", "CR", "LF", "Control", "Extend", "ZWJ", "Prepend", "SpacingMark", "L", "V", "T", "LV", "LVT", "Regional_Indicator"];
int[] grapheme = new int[0x110000];
foreach (string[] row in Rows("GraphemeBreakProperty.txt"))
{
    (int first, int last) = Ends(row);
    Array.Fill(grapheme, Array.IndexOf(breaks, row[1]), first, last - first + 1);
}
void Add(string file, int bit, params string[] value)
{
    foreach (string[] row in Rows(file).Where(row => row.Skip(1).SequenceEqual(value)))
    {
        (int first, int last) = Ends(row);
        for (int c = first; c <= last; c++)
            grapheme[c] |= bit;
    }
}
Add("emoji-data.txt", 16, "Extended_Pictographic");
Add("DerivedCoreProperties.txt", 32, "InCB", "Consonant");
Add("DerivedCoreProperties.txt", 64, "InCB", "Linker");
Add("DerivedCoreProperties.txt", 128, "InCB", "Extend");

IEnumerable<int> GraphemeRuns()
{
    for (int c = 0; c < 0x110000;)
    {
        int last = c;
        while (last + 1 < 0x110000 && grapheme[last + 1] == grapheme[c])
            last++;
        // Hangul syllables are computed: each 28th from the first is LV, the others are LVT.
        if (grapheme[c] != 0 && c is not (>= 0xAC00 and <= 0xD7A3))
        {
            yield return c;
            yield return last;
            yield return grapheme[c];
        }
        c = last + 1;
    }
}

StringBuilder text = new();
text.Append("""
    // <auto-generated>
    // Written by build/GenerateNormalizationTables.cs from the Unicode Character Database (Unicode License v3,
    // https://www.unicode.org/license.txt): each table as of the version that it names.
    // </auto-generated>
    namespace Castalia.Text.Unicode;

    internal static class NormalizationTables
    {

    """);

void Table(string comment, string name, IEnumerable<int> values)
{
    text.Append("    // ").Append(comment).Append('\n');
    text.Append("    public static ReadOnlySpan<int> ").Append(name).Append(" =>\n    [\n");
    foreach (int[] row in values.Chunk(18))
        text.Append("        ").AppendJoin(' ', row.Select(v => v.ToString(CultureInfo.InvariantCulture) + ",")).Append('\n');
    text.Append("    ];\n\n");
}

Table("9.0: code point, how many code points its compatibility decomposition has, these. They may decompose further.",
    "CompatibilityDecompositions", compatibility);
Table("9.0: first and last code point of each run of \\p{M}.", "Marks",
    Ranges(Assigned(new Version(9, 0), c => c[0] == 'M', [0x1CF2, 0x1CF3], [0x111C9])));
Table("8.0: first and last code point of each run of \\p{Mn}.", "NonspacingMarks",
    Ranges(Assigned(new Version(8, 0), c => c == "Mn", [0x1734, 0x1171E], [0x1885, 0x1886, 0xA9BD, 0x111C9])));
Table("8.0: first and last code point of each run of \\p{Cc}, \\p{Cf} and \\p{Co}.", "Controls",
    Ranges(Assigned(new Version(8, 0), c => c is "Cc" or "Cf" or "Co", [], [])));
Table("17.0: first and last code point of each run of capitals, the step between them, how far the small letters are from them.",
    "LowerCase", LowerRuns(lower));
Table("17.0: first and last code point of each run, its Grapheme_Cluster_Break (the number in GraphemeBreak) + 16 for Extended_Pictographic\n"
    + "    // + 32, 64 or 128 for InCB Consonant, Linker or Extend. Hangul syllables are computed.", "GraphemeBreaks", GraphemeRuns());
text.Length -= 1;
text.Append("}\n");
File.WriteAllText(args[1], text.ToString());
return 0;
