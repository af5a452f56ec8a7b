using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// Splits English text into sentences by the rules of Punkt (Kiss and Strunk 2006): a mark of exclamation or question before white space ends
/// a sentence, a period does unless it belongs to an abbreviation, an initial or an ellipsis.
/// </summary>
/// <remarks>
/// NLTK's model learned its abbreviations and which words start sentences from newspapers. Here both are short lists, so counts may differ by
/// a sentence where a rare abbreviation stands, or where a sentence ends with a known one.
/// </remarks>
internal static class SentenceSplitter
{
    private const string Closing = ")]}\"'”’*";

    private static readonly HashSet<string> Abbreviations =
    [
        "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "inc", "ltd", "co", "corp", "vs", "etc", "e.g", "i.e", "u.s", "u.k", "u.n", "a.m", "p.m",
        "ph.d", "gen", "col", "sgt", "capt", "lt", "sen", "rep", "gov", "rev", "hon", "no", "vol", "fig", "jan", "feb", "mar", "apr", "aug", "sept",
        "sep", "oct", "nov", "dec", "mt", "ft", "dept", "est", "approx", "p.s", "p.p.s", "d.c", "b.c", "a.d",
    ];

    // What starts sentences so often that an abbreviation before it ends one.
    private static readonly HashSet<string> Starters =
    [
        "the", "this", "that", "these", "those", "it", "he", "she", "they", "we", "i", "you", "in", "on", "at", "but", "and", "however", "if", "when",
        "as", "for", "a", "an", "there", "his", "her", "their", "our", "my", "what", "why", "how",
    ];

    /// <summary>The sentences, without white space around them; none of a text without any.</summary>
    public static List<string> Split(string text)
    {
        var sentences = new List<string>();
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (!IsMark(text[i]))
                continue;
            int mark = i;
            while (i + 1 < text.Length && IsMark(text[i + 1]))
                i++;
            // What the sentence opened is closed before the white space; after it there is to be another word.
            int end = i + 1;
            while (end < text.Length && Closing.Contains(text[end]))
                end++;
            int next = end;
            while (next < text.Length && PythonString.IsSpace(text[next]))
                next++;
            if (next == end || next == text.Length || !Ends(WordBefore(text, mark, i + 1), WordAt(text, next)))
                continue;
            sentences.Add(PythonString.Strip(text[start..end]));
            start = next;
        }
        string rest = PythonString.Strip(text[start..]);
        if (rest.Length > 0)
            sentences.Add(rest);
        return sentences;
    }

    private static bool IsMark(char c) => c is '.' or '?' or '!';

    private static string WordBefore(string text, int mark, int end)
    {
        while (mark > 0 && !PythonString.IsSpace(text[mark - 1]))
            mark--;
        return text[mark..end];
    }

    private static string WordAt(string text, int start)
    {
        int end = start;
        while (end < text.Length && !PythonString.IsSpace(text[end]))
            end++;
        return text[start..end];
    }

    private static bool Ends(string word, string next)
    {
        if (word[^1] != '.')
            return true;
        string bare = word.TrimStart('(', '[', '"', '\'', '*', '“', '‘');
        string type = PythonString.Lower(bare.TrimEnd('.'));
        string following = next.TrimStart('(', '[', '"', '\'', '*', '“', '‘');
        bool starts = following.Length > 0 && char.IsUpper(following[0]) && Starters.Contains(PythonString.Lower(following.TrimEnd(',', '.', '!', '?', ':', ';', '\'')));
        bool isEllipsis = bare.EndsWith("..", StringComparison.Ordinal);
        if (isEllipsis || Abbreviations.Contains(type))
            return starts;
        bool isInitial = type.Length == 1 && char.IsLetter(type[0]);
        if (isInitial && type != "i")
            return following.Length > 0 && !char.IsLetter(following[0]);
        bool isNumber = type.Length > 0 && type.All(char.IsAsciiDigit);
        return !(isNumber && following.Length > 0 && char.IsLower(following[0]));
    }
}
