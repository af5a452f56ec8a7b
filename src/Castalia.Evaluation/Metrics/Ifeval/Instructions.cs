using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>The checks of IFEval's 25 instructions.</summary>
internal static class Instructions
{
    private static readonly Dictionary<string, Func<InstructionArguments, string, bool>> All = new(StringComparer.Ordinal)
    {
        ["keywords:existence"] = (given, text) => given.Texts("keywords").All(word => PythonRegex.Search(text, IgnoringCase(word)).Success),
        ["keywords:frequency"] = (given, text) =>
            given.Compares(PythonRegex.Matches(text, IgnoringCase(given.Text("keyword"))).Count, "frequency", "relation"),
        ["keywords:forbidden_words"] = (given, text) =>
            !given.Texts("forbidden_words").Any(word => PythonRegex.Search(text, IgnoringCase($@"\b{word}\b")).Success),
        ["keywords:letter_frequency"] = LetterFrequency,
        ["language:response_language"] = (given, text) => LanguageDetector.Detect(text) is not { } language || language == given.Text("language"),
        ["length_constraints:number_sentences"] = (given, text) => given.Compares(SentenceSplitter.Split(text).Count, "num_sentences", "relation"),
        ["length_constraints:number_paragraphs"] = Paragraphs,
        ["length_constraints:number_words"] = (given, text) => given.Compares(PythonRegex.Matches(text, @"\w+").Count, "num_words", "relation"),
        ["length_constraints:nth_paragraph_first_word"] = ParagraphStart,
        ["detectable_content:number_placeholders"] = (given, text) => PythonRegex.Matches(text, @"\[.*?\]").Count >= given.Number("num_placeholders"),
        ["detectable_content:postscript"] = Postscript,
        ["detectable_format:number_bullet_lists"] = (given, text) =>
            PythonRegex.Matches(text, @"(?m)^\s*\*[^\*].*$").Count + PythonRegex.Matches(text, @"(?m)^\s*-.*$").Count == given.Number("num_bullets"),
        ["detectable_format:constrained_response"] = (_, text) =>
            new[] { "My answer is yes.", "My answer is no.", "My answer is maybe." }.Any(answer => text.Contains(answer, StringComparison.Ordinal)),
        ["detectable_format:number_highlighted_sections"] = (given, text) =>
            PythonRegex.Matches(text, @"\*[^\n\*]*\*").Count(match => PythonString.Strip(match.Value.Trim('*')).Length > 0)
            + PythonRegex.Matches(text, @"\*\*[^\n\*]*\*\*").Count(match => PythonString.Strip(match.Value[2..^2]).Length > 0) >= given.Number("num_highlights"),
        ["detectable_format:multiple_sections"] = (given, text) =>
            PythonRegex.Matches(text, $@"\s?{given.Text("section_spliter")}\s?\d+\s?").Count >= given.Number("num_sections"),
        ["detectable_format:json_format"] = (_, text) => IsJson(text),
        ["detectable_format:title"] = (_, text) =>
            PythonRegex.Matches(text, @"<<[^\n]+>>").Any(title => PythonString.Strip(title.Value.TrimStart('<').TrimEnd('>')).Length > 0),
        ["combination:two_responses"] = (_, text) => AreTwo(text.Split("******")),
        ["combination:repeat_prompt"] = (given, text) =>
            PythonString.Lower(PythonString.Strip(text)).StartsWith(PythonString.Lower(given.Text("prompt_to_repeat")), StringComparison.Ordinal),
        ["startend:end_checker"] = (given, text) =>
            PythonString.Lower(PythonString.Strip(text).Trim('"')).EndsWith(PythonString.Lower(given.Text("end_phrase")), StringComparison.Ordinal),
        ["startend:quotation"] = (_, text) => PythonString.Strip(text) is ['"', .., '"'],
        ["change_case:capital_word_frequency"] = (given, text) => given.Compares(
            SentenceSplitter.Split(text).Sum(sentence => TreebankWords.Split(sentence).Count(IsUpper)), "capital_frequency", "capital_relation"),
        ["change_case:english_capital"] = (_, text) => IsUpper(text) && LanguageDetector.Detect(text) is null or "en",
        ["change_case:english_lowercase"] = (_, text) => IsLower(text) && LanguageDetector.Detect(text) is null or "en",
        ["punctuation:no_comma"] = (_, text) => !text.Contains(','),
    };

    /// <summary>Whether a text follows an instruction.</summary>
    /// <exception cref="PythonException">The instruction is unknown, or lacks what it is about.</exception>
    public static bool Follows(InstructionArguments given, string text) => All.TryGetValue(given.Name, out Func<InstructionArguments, string, bool>? check)
        ? check(given, text) : throw new PythonException($"KeyError: '{given.Name}' is no instruction of IFEval");

    private static string IgnoringCase(string pattern) => "(?i)" + pattern;

    // A sign that is no letter is drawn anew at random by the harness; here it is looked for itself.
    private static bool LetterFrequency(InstructionArguments given, string text)
    {
        string letter = PythonString.Lower(given.Text("letter"));
        int count = (PythonString.Lower(text).Length - PythonString.Lower(text).Replace(letter, "", StringComparison.Ordinal).Length) / Math.Max(1, letter.Length);
        return given.Compares(count, "let_frequency", "let_relation");
    }

    private static bool Paragraphs(InstructionArguments given, string text)
    {
        List<string?> paragraphs = PythonRegex.Split(text, @"\s?\*\*\*\s?");
        int count = paragraphs.Count;
        for (int i = 0; i < paragraphs.Count; i++)
        {
            if (PythonString.Strip(paragraphs[i]!).Length > 0)
                continue;
            if (i > 0 && i < paragraphs.Count - 1)
                return false;
            count--;
        }
        return count == given.Number("num_paragraphs");
    }

    private static bool ParagraphStart(InstructionArguments given, string text)
    {
        string[] paragraphs = text.Split("\n\n");
        int count = paragraphs.Count(paragraph => PythonString.Strip(paragraph).Length > 0);
        long nth = given.Number("nth_paragraph");
        if (nth < 1 || nth > count)
            return false;
        List<string> words = PythonString.SplitAtSpace(paragraphs[nth - 1]);
        if (words.Count == 0)
            return false;
        string word = words[0].TrimStart('\'').TrimStart('"');
        int end = word.AsSpan().IndexOfAny(".,?!'\"");
        return count == given.Number("num_paragraphs")
            && PythonString.Lower(end < 0 ? word : word[..end]) == PythonString.Lower(given.Text("first_word"));
    }

    private static bool Postscript(InstructionArguments given, string text)
    {
        string marker = given.Text("postscript_marker");
        string pattern = marker switch
        {
            "P.P.S" => @"\s*p\.\s?p\.\s?s.*$",
            "P.S." => @"\s*p\.\s?s\..*$",
            _ => $@"\s*{PythonString.Lower(marker)}.*$",
        };
        return PythonRegex.Search(PythonString.Lower(text), "(?m)" + pattern).Success;
    }

    private static bool IsJson(string text)
    {
        text = PythonString.Strip(text);
        foreach (string fence in new[] { "```json", "```Json", "```JSON", "```" })
            text = text.StartsWith(fence, StringComparison.Ordinal) ? text[fence.Length..] : text;
        text = PythonString.Strip(text.EndsWith("```", StringComparison.Ordinal) ? text[..^3] : text);
        // Python's reader takes these as values; .NET's does not. Only one that is the whole answer is let through here.
        text = PythonRegex.Replace(text, @"\A(NaN|-?Infinity)\Z", "0");
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 512 });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool AreTwo(string[] responses)
    {
        var given = new List<string>();
        for (int i = 0; i < responses.Length; i++)
        {
            string response = PythonString.Strip(responses[i]);
            if (response.Length > 0)
                given.Add(response);
            else if (i != 0 && i != responses.Length - 1)
                return false;
        }
        return given is [var first, var second] && first != second;
    }

    /// <summary>Python's <c>isupper</c>: there are letters with case, and all are upper.</summary>
    private static bool IsUpper(string text) => text.Any(char.IsUpper) && !text.Any(char.IsLower);

    /// <summary>Python's <c>islower</c>.</summary>
    private static bool IsLower(string text) => text.Any(char.IsLower) && !text.Any(char.IsUpper);
}
