using System.Collections.Concurrent;
using System.Globalization;
using Castalia.Text.Unicode;

namespace Castalia.Text.Regexes;

/// <summary>
/// The sets behind <c>\p{...}</c>, <c>[[:...:]]</c>, <c>\w</c>, <c>\d</c>, <c>\s</c> and <c>\h</c>, as of Unicode 16.0: general
/// categories, scripts, blocks (<c>In_...</c>) and the common binary properties. Case, spaces, <c>_</c> and <c>-</c> in a name do not count.
/// </summary>
internal static class UnicodeProperties
{
    private static readonly string[] CategoryNames =
    [
        "Lu Uppercase_Letter", "Ll Lowercase_Letter", "Lt Titlecase_Letter", "Lm Modifier_Letter", "Lo Other_Letter", "Mn Nonspacing_Mark",
        "Mc Spacing_Mark", "Me Enclosing_Mark", "Nd Decimal_Number Digit", "Nl Letter_Number", "No Other_Number", "Zs Space_Separator",
        "Zl Line_Separator", "Zp Paragraph_Separator", "Cc Control Cntrl", "Cf Format", "Cs Surrogate", "Co Private_Use",
        "Pc Connector_Punctuation", "Pd Dash_Punctuation", "Ps Open_Punctuation", "Pe Close_Punctuation", "Pi Initial_Punctuation",
        "Pf Final_Punctuation", "Po Other_Punctuation", "Sm Math_Symbol", "Sc Currency_Symbol", "Sk Modifier_Symbol", "So Other_Symbol",
        "Cn Unassigned",
    ];

    private static readonly string[] CategoryGroups =
        ["L Letter", "M Mark Combining_Mark", "N Number", "P Punctuation Punct", "S Symbol", "Z Separator", "C Other"];

    private static readonly Lazy<Dictionary<string, Func<CodePointSet>>> ByName = new(Names);

    private static readonly ConcurrentDictionary<string, CodePointSet> Known = new();

    /// <summary><c>\w</c>: letters, marks, decimal digits, connectors; unlike UTS #18's, without the joiners U+200C and U+200D.</summary>
    public static CodePointSet Word => Find("Word")!;

    /// <summary>
    /// <c>\w</c> outside brackets, and what <c>\b</c> goes by: with ² ³ ¹ ¼ ½ ¾ too, since Oniguruma asks a table of Latin-1 there. So ² is matched
    /// both by <c>\w</c> and by <c>[^\w]</c>.
    /// </summary>
    public static CodePointSet WordAlone { get; } = Word | CodePointSet.Of(0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE);

    public static CodePointSet Digit => Find("Nd")!;

    public static CodePointSet Space => Find("White_Space")!;

    public static CodePointSet HexDigit => Find("ASCII_Hex_Digit")!;

    /// <summary>The set of a property, or null when there is none of that name.</summary>
    public static CodePointSet? Find(string name)
    {
        string key = Normalize(name);
        if (Known.TryGetValue(key, out CodePointSet? set))
            return set;
        return ByName.Value.TryGetValue(key, out Func<CodePointSet>? make) ? Known.GetOrAdd(key, make()) : null;
    }

    /// <summary>The set of <c>[[:name:]]</c>, or null. <c>punct</c> has symbols too, which <c>\p{Punct}</c> has not.</summary>
    public static CodePointSet? FindPosix(ReadOnlySpan<char> name) => name switch
    {
        "punct" => Find("PosixPunct"),
        "alnum" or "alpha" or "blank" or "cntrl" or "digit" or "graph" or "lower" or "print" or "space" or "upper" or "xdigit" or "ascii" or "word" =>
            Find(name.ToString()),
        _ => null,
    };

    /// <summary>All code points of the given categories.</summary>
    private static CodePointSet Categories(Func<UnicodeCategory, bool> wanted)
    {
        ReadOnlySpan<int> runs = CategoryTables.Runs;
        List<int> ends = [];
        for (int i = 0; i < runs.Length; i++)
        {
            if (wanted((UnicodeCategory)(runs[i] & 31)))
                ends.AddRange([runs[i] >> 5, i + 1 < runs.Length ? (runs[i + 1] >> 5) - 1 : CodePointSet.Last]);
        }
        return CodePointSet.Union(ends);
    }

    private static CodePointSet Script(int number)
    {
        ReadOnlySpan<int> runs = ScriptTables.Runs;
        List<int> ends = [];
        for (int i = 0; i < runs.Length; i++)
        {
            if ((runs[i] & 255) == number)
                ends.AddRange([runs[i] >> 8, i + 1 < runs.Length ? (runs[i + 1] >> 8) - 1 : CodePointSet.Last]);
        }
        return CodePointSet.Union(ends);
    }

    private static Dictionary<string, Func<CodePointSet>> Names()
    {
        Dictionary<string, Func<CodePointSet>> names = [];
        void Add(string spaced, Func<CodePointSet> make)
        {
            foreach (string name in spaced.Split(' '))
                names[Normalize(name)] = make;
        }
        for (int i = 0; i < BlockTables.Names.Length; i++)
        {
            int block = i;
            names["in" + Normalize(BlockTables.Names[i])] = () => CodePointSet.Range(BlockTables.Ranges[2 * block], BlockTables.Ranges[2 * block + 1]);
        }
        for (int i = 0; i < ScriptTables.Names.Length; i++)
        {
            int script = i;
            Add(ScriptTables.Names[i], () => Script(script));
        }
        foreach ((string name, int[] ranges) in PropertyTables.All)
            Add(name, () => CodePointSet.Union(ranges));
        for (int i = 0; i < CategoryNames.Length; i++)
        {
            UnicodeCategory category = (UnicodeCategory)i;
            Add(CategoryNames[i], () => Categories(c => c == category));
        }
        foreach (string group in CategoryGroups)
            Add(group, () => Categories(c => CategoryNames[(int)c][0] == group[0]));
        Add("LC Cased_Letter", () => Find("Lu")! | Find("Ll")! | Find("Lt")!);
        Add("Alphabetic Alpha", () => Find("L")! | Find("Nl")! | Find("Other_Alphabetic")!);
        Add("Uppercase Upper", () => Find("Lu")! | Find("Other_Uppercase")!);
        Add("Lowercase Lower", () => Find("Ll")! | Find("Other_Lowercase")!);
        Add("Alnum", () => Find("Alpha")! | Find("Nd")!);
        Add("Word", () => Find("Alpha")! | Find("M")! | Find("Nd")! | Find("Pc")!);
        Add("Space", () => Find("White_Space")!);
        Add("Blank", () => Find("Zs")! | CodePointSet.Of('\t'));
        Add("Graph", () => ~(Find("White_Space")! | Find("Cc")! | Find("Cs")! | Find("Cn")!));
        Add("Print", () => Find("Graph")! | Find("Zs")!);
        Add("PosixPunct", () => Find("P")! | Find("S")!);
        Add("XDigit", () => Find("ASCII_Hex_Digit")!);
        Add("ASCII", () => CodePointSet.Range(0, 0x7F));
        Add("Any", () => CodePointSet.All);
        Add("Assigned", () => ~Find("Cn")!);
        return names;
    }

    private static string Normalize(string name) =>
        string.Concat(name.Where(c => c is not (' ' or '_' or '-')).Select(char.ToLowerInvariant));
}
