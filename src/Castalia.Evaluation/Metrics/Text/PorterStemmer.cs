namespace Castalia.Evaluation;

/// <summary>
/// Porter's algorithm for suffix stripping (Porter 1980) with the departures that NLTK's stemmer has by default: irregular forms, <c>ies</c> of
/// short words, <c>y</c> after a consonant only, <c>ied</c>, and further suffixes of step 2.
/// </summary>
internal static class PorterStemmer
{
    private static readonly Dictionary<string, string> Irregular = new(StringComparer.Ordinal)
    {
        ["skies"] = "sky", ["sky"] = "sky", ["dying"] = "die", ["lying"] = "lie", ["tying"] = "tie", ["news"] = "news",
        ["innings"] = "inning", ["inning"] = "inning", ["outings"] = "outing", ["outing"] = "outing", ["cannings"] = "canning",
        ["canning"] = "canning", ["howe"] = "howe", ["proceed"] = "proceed", ["exceed"] = "exceed", ["succeed"] = "succeed",
    };

    private static readonly (string, string)[] Step2 =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"), ("alli", "al"),
        ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"),
        ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"), ("fulli", "ful"),
    ];

    private static readonly (string, string)[] Step3 =
        [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

    private static readonly string[] Step4 =
        ["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize"];

    /// <summary>The stem of a word in lower case.</summary>
    public static string Stem(string word)
    {
        if (Irregular.TryGetValue(word, out string? stem))
            return stem;
        return word.Length <= 2 ? word : Finished(Shortened(Derived(Ending(Participle(Plural(word))))));
    }

    // Step 1a.
    private static string Plural(string word)
    {
        if (word.EndsWith("ies", StringComparison.Ordinal) && word.Length == 4)
            return word[..^1];
        if (word.EndsWith("sses", StringComparison.Ordinal) || word.EndsWith("ies", StringComparison.Ordinal))
            return word[..^2];
        return word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal) ? word[..^1] : word;
    }

    // Step 1b.
    private static string Participle(string word)
    {
        if (word.EndsWith("ied", StringComparison.Ordinal))
            return word.Length == 4 ? word[..^1] : word[..^2];
        if (word.EndsWith("eed", StringComparison.Ordinal))
            return Measure(word[..^3]) > 0 ? word[..^1] : word;
        string? stem = Cut(word, "ed") ?? Cut(word, "ing");
        if (stem is null)
            return word;
        if (stem.EndsWith("at", StringComparison.Ordinal) || stem.EndsWith("bl", StringComparison.Ordinal) || stem.EndsWith("iz", StringComparison.Ordinal))
            return stem + "e";
        if (EndsDoubled(stem))
            return stem[^1] is 'l' or 's' or 'z' ? stem : stem[..^1];
        return Measure(stem) == 1 && EndsShort(stem) ? stem + "e" : stem;

        static string? Cut(string word, string suffix) =>
            word.EndsWith(suffix, StringComparison.Ordinal) && HasVowel(word[..^suffix.Length]) ? word[..^suffix.Length] : null;
    }

    // Step 1c.
    private static string Ending(string word) =>
        word.EndsWith('y') && word.Length > 2 && IsConsonant(word, word.Length - 2) ? word[..^1] + "i" : word;

    // Steps 2 and 3.
    private static string Derived(string word)
    {
        if (word.EndsWith("alli", StringComparison.Ordinal) && Measure(word[..^4]) > 0)
            return Derived(word[..^2]);
        if (word.EndsWith("logi", StringComparison.Ordinal))
            word = Measure(word[..^3]) > 0 ? word[..^1] : word;
        else
            word = Replaced(word, Step2);
        return Replaced(word, Step3);
    }

    // Step 4.
    private static string Shortened(string word)
    {
        foreach (string suffix in Step4)
        {
            if (!word.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            string stem = word[..^suffix.Length];
            return Measure(stem) > 1 && (suffix != "ion" || stem[^1] is 's' or 't') ? stem : word;
        }
        return word;
    }

    // Step 5.
    private static string Finished(string word)
    {
        if (word.EndsWith('e'))
        {
            string stem = word[..^1];
            if (Measure(stem) > 1 || (Measure(stem) == 1 && !EndsShort(stem)))
                word = stem;
        }
        return word.EndsWith("ll", StringComparison.Ordinal) && Measure(word[..^1]) > 1 ? word[..^1] : word;
    }

    /// <summary>The first suffix of the table that the word has decides, whether or not it is replaced.</summary>
    private static string Replaced(string word, (string Suffix, string Replacement)[] table)
    {
        foreach ((string suffix, string replacement) in table)
        {
            if (word.EndsWith(suffix, StringComparison.Ordinal))
                return Measure(word[..^suffix.Length]) > 0 ? word[..^suffix.Length] + replacement : word;
        }
        return word;
    }

    private static bool IsConsonant(string word, int i) => word[i] switch
    {
        'a' or 'e' or 'i' or 'o' or 'u' => false,
        'y' => i == 0 || !IsConsonant(word, i - 1),
        _ => true,
    };

    /// <summary>Porter's m: how often a consonant follows a vowel.</summary>
    private static int Measure(string stem)
    {
        int measure = 0;
        for (int i = 1; i < stem.Length; i++)
            measure += IsConsonant(stem, i) && !IsConsonant(stem, i - 1) ? 1 : 0;
        return measure;
    }

    private static bool HasVowel(string stem)
    {
        for (int i = 0; i < stem.Length; i++)
        {
            if (!IsConsonant(stem, i))
                return true;
        }
        return false;
    }

    private static bool EndsDoubled(string word) => word.Length >= 2 && word[^1] == word[^2] && IsConsonant(word, word.Length - 1);

    private static bool EndsShort(string word)
    {
        int last = word.Length - 1;
        if (last >= 2)
            return IsConsonant(word, last - 2) && !IsConsonant(word, last - 1) && IsConsonant(word, last) && word[last] is not ('w' or 'x' or 'y');
        return word.Length == 2 && !IsConsonant(word, 0) && IsConsonant(word, 1);
    }
}
