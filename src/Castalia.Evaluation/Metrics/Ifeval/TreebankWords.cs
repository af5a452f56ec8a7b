using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Splits an English sentence into words by the rules of the Penn Treebank in NLTK's form: punctuation and contractions stand apart.</summary>
internal static class TreebankWords
{
    // In this order: opening quotes, punctuation, brackets and dashes, closing quotes, contractions.
    private static readonly (string Pattern, string Replacement)[] Rules =
    [
        (@"([«“‘„]|[`]+)", @" \1 "), (@"^""", "``"), ("(``)", @" \1 "), (@"([ \(\[{<])(""|\'{2})", @"\1 `` "),
        (@"(?i)(\')(?!re|ve|ll|m|t|s|d|n)(\w)\b", @"\1 \2"),
        (@"([^\.])(\.)([\]\)}>""\'»”’ ]*)\s*$", @"\1 \2 \3 "), (@"([:,])([^\d])", @" \1 \2"), ("([:,])$", @" \1 "), (@"(\.{2,})", @" \1 "),
        (@"([;@#$%&])", @" \1 "), ("([?!])", @" \1 "), ("([^'])' ", @"\1 ' "), ("([*])", @" \1 "),
        (@"([\]\[\(\)\{\}\<\>])", @" \1 "), ("(--)", @" \1 "),
        ("([»”’])", @" \1 "), ("('')", @" \1 "), ("(\")", " '' "), (@"([^' ])('[sS]|'[mM]|'[dD]|') ", @"\1 \2 "),
        (@"([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", @"\1 \2 "),
        (@"(?i)\b(can)(not)\b", @" \1 \2 "), (@"(?i)\b(gim|lem)(me)\b", @" \1 \2 "), (@"(?i)\b(gon|wan)(na)\b", @" \1 \2 "),
        (@"(?i)\b(got)(ta)\b", @" \1 \2 "), (@"(?i) ('t)(is|was)\b", @" \1 \2 "),
    ];

    /// <summary>The words and marks of a sentence.</summary>
    public static List<string> Split(string sentence)
    {
        // Long runs of white space mean nothing, but would hold the patterns up.
        sentence = TextNormalization.SingleSpaced(sentence);
        for (int i = 0; i < Rules.Length; i++)
        {
            // What closes and contracts is found before a space, so the sentence's end gets one.
            if (i == 15)
                sentence = $" {sentence} ";
            sentence = PythonRegex.Replace(sentence, Rules[i].Pattern, Rules[i].Replacement);
        }
        return PythonString.SplitAtSpace(sentence);
    }
}
