using Castalia.Formats;
using Castalia.Text.Models;

namespace Castalia.Text.Importing;

/// <summary>
/// BERT's <c>vocab.txt</c>, a token a line, made into the tokenizer that transformers' BertTokenizer makes of it. Text is brought into lower case
/// where the vocabulary has no capital letters.
/// </summary>
internal static class BertVocabulary
{
    /// <summary>What stands in front of tokens that continue a word.</summary>
    public const string Continuing = "##";

    private const int LargestFile = 1 << 27, LongestWord = 100;
    private const string Unknown = "[UNK]", Classification = "[CLS]", Separator = "[SEP]";
    private const string Remedy = "Get the vocabulary anew from the model's page.";

    private static readonly string[] SpecialTokens = ["[PAD]", Unknown, Classification, Separator, "[MASK]"];

    /// <summary>Reads a file.</summary>
    public static Tokenizer Load(string path) => new(Assemble(path, ReadIds(path)));

    /// <summary>Reads the id of each token.</summary>
    public static Dictionary<string, int> ReadIds(string path)
    {
        string text = InputFile.ReadAllText(path, LargestFile);
        Dictionary<string, int> ids = [];
        foreach (string line in text.Split('\n'))
        {
            string token = line.TrimEnd('\r');
            // A last line that is empty is none.
            if (token.Length == 0 && ids.Count > 0 && text.EndsWith('\n') && ids.Count == text.Count('\n'))
                break;
            if (!ids.TryAdd(token, ids.Count))
                throw new InputException(path, $"line {ids.Count + 1}", $"the token \"{token}\" stands in line {ids[token] + 1} already.", Remedy);
        }
        return ids;
    }

    /// <summary>Puts the tokenizer together.</summary>
    /// <param name="file">The file, for complaints.</param>
    /// <param name="ids">The id of each token, as BERT writes them.</param>
    public static TokenizerPipeline Assemble(string file, Dictionary<string, int> ids)
    {
        if (!ids.ContainsKey(Unknown))
            throw new InputException(file, null, $"there is no token {Unknown}: this is not a vocabulary of BERT's.", "Give the model's tokenizer.json instead.");
        bool lowerCase = !ids.Keys.Any(token => !SpecialTokens.Contains(token) && !token.StartsWith("[unused", StringComparison.Ordinal) && token.Any(char.IsUpper));
        string template = ids.TryGetValue(Classification, out int first) && ids.TryGetValue(Separator, out int last)
            ? $$$"""
                , "post_processor": {"type": "TemplateProcessing",
                  "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                  "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                    {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
                  "special_tokens": {
                    "[CLS]": {"id": "[CLS]", "ids": [{{{first}}}], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [{{{last}}}], "tokens": ["[SEP]"]} } }
                """
            : "";
        string parts = $$$"""
            {
              "normalizer": {
                "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": {{{(lowerCase ? "true" : "false")}}} },
              "pre_tokenizer": {"type": "BertPreTokenizer"},
              "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true}{{{template}}}
            }
            """;
        IEnumerable<AddedToken> added = SpecialTokens.Where(ids.ContainsKey).Select(token => new AddedToken(ids[token], token, Special: true));
        return Assembly.Assemble(file, new WordPieceModel(ids, Unknown, Continuing, LongestWord), added, parts);
    }
}
