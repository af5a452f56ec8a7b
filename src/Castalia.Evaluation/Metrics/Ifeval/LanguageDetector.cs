using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// Tells the language of a text: by the script where only one of the known languages has it, else by naive Bayes over n-grams of one to three
/// characters learned from the Universal Declaration of Human Rights.
/// </summary>
/// <remarks>
/// The method is that of langdetect, which the harness uses, without its random trials; but the profiles are learned from one short text a
/// language and not from Wikipedia, so short answers and close languages (Spanish and Portuguese, Danish and Norwegian) may be told otherwise.
/// Languages of langdetect that the declaration is not at hand for (Afrikaans, Albanian, Macedonian, Romanian) are not known.
/// </remarks>
internal static class LanguageDetector
{
    private const int MaxLength = 10_000;

    private static readonly Dictionary<string, string> Codes = new (string Declaration, string Language)[]
    {
        ("eng", "en"), ("fra", "fr"), ("deu_1901", "de"), ("spa", "es"), ("por_PT", "pt"), ("por_BR", "pt"), ("ita", "it"), ("nld", "nl"),
        ("rus", "ru"), ("ukr", "uk"), ("bul", "bg"), ("pol", "pl"), ("ces", "cs"), ("slk", "sk"), ("slv", "sl"), ("hrv", "hr"),
        ("arb", "ar"), ("pes_1", "fa"), ("urd", "ur"), ("hin", "hi"), ("mar", "mr"), ("nep", "ne"), ("vie", "vi"), ("tur", "tr"),
        ("swh", "sw"), ("som", "so"), ("ind", "id"), ("tgl", "tl"), ("fin", "fi"), ("swe", "sv"), ("dan", "da"), ("nob", "no"),
        ("est", "et"), ("lav", "lv"), ("lit", "lt"), ("hun", "hu"), ("cat", "ca"), ("cym", "cy"),
    }.ToDictionary(pair => pair.Declaration, pair => pair.Language, StringComparer.Ordinal);

    private static readonly (int First, int Last, string Language)[] Scripts =
    [
        (0x370, 0x3ff, "el"), (0x590, 0x5ff, "he"), (0x980, 0x9ff, "bn"), (0xa00, 0xa7f, "pa"), (0xa80, 0xaff, "gu"), (0xb80, 0xbff, "ta"),
        (0xc00, 0xc7f, "te"), (0xc80, 0xcff, "kn"), (0xd00, 0xd7f, "ml"), (0xe00, 0xe7f, "th"), (0x3040, 0x30ff, "ja"), (0xac00, 0xd7a3, "ko"),
        (0x4e00, 0x9fff, "zh-cn"),
    ];

    private static readonly Lazy<List<(string Language, Dictionary<string, double> Logs, double Unseen)>> Profiles = new(Read);

    /// <summary>The language's code as langdetect writes it (ISO 639-1, and zh-cn); null for a text without letters.</summary>
    public static string? Detect(string text)
    {
        string letters = Letters(text.Length > MaxLength ? text[..MaxLength] : text);
        if (string.IsNullOrWhiteSpace(letters))
            return null;
        if (ByScript(letters) is { } language)
            return language;
        List<string> ngrams = [.. Ngrams(letters)];
        return Profiles.Value.MaxBy(profile => ngrams.Sum(ngram => profile.Logs.GetValueOrDefault(ngram, profile.Unseen))).Language;
    }

    /// <summary>The one language of the script that most letters have.</summary>
    private static string? ByScript(string letters)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        int all = 0;
        foreach (char c in letters.Where(c => c != ' '))
        {
            all++;
            string? language = Array.Find(Scripts, script => c >= script.First && c <= script.Last).Language;
            if (language is not null)
                counts[language] = counts.GetValueOrDefault(language) + 1;
        }
        if (counts.Values.Sum() * 2 < all)
            return null;
        // Japanese is written with Chinese characters too, Chinese without kana.
        return counts.GetValueOrDefault("ja") * 10 > all ? "ja" : counts.MaxBy(pair => pair.Value).Key;
    }

    private static string Letters(string text) =>
        string.Concat(PythonString.Lower(text).Select(c => char.IsLetter(c) || char.GetUnicodeCategory(c) is
            System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark ? c : ' '));

    private static IEnumerable<string> Ngrams(string letters)
    {
        foreach (string word in letters.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string padded = $" {word} ";
            for (int order = 1; order <= 3; order++)
            {
                for (int i = order == 1 ? 1 : 0; i + order <= (order == 1 ? padded.Length - 1 : padded.Length); i++)
                    yield return padded.Substring(i, order);
            }
        }
    }

    private static List<(string Language, Dictionary<string, double> Logs, double Unseen)> Read()
    {
        using Stream stream = CompressedStream.Unpack("udhr.jsonl.zst", typeof(LanguageDetector).Assembly.GetManifestResourceStream("udhr.jsonl.zst")
            ?? throw new InvalidOperationException("The declaration's texts are not built in."));
        using var reader = new StreamReader(stream);
        var profiles = new List<(string, Dictionary<string, double>, double)>();
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            string id = document.RootElement.GetProperty("id").GetString()!;
            if (!Codes.TryGetValue(id[(id.IndexOf('/') + 1)..], out string? language))
                continue;
            Dictionary<string, int> counts = Ngrams(Letters(document.RootElement.GetProperty("text").GetString()!)).CountBy(ngram => ngram).ToDictionary(StringComparer.Ordinal);
            double total = counts.Values.Sum();
            profiles.Add((language, counts.ToDictionary(pair => pair.Key, pair => Math.Log((pair.Value + 0.1) / total), StringComparer.Ordinal), Math.Log(0.1 / total)));
        }
        return profiles;
    }
}
