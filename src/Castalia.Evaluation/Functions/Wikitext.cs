using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>WikiText (Merity et al. 2016): the text is scored without its tokenization, and measured in words and bytes of the original page.</summary>
internal static class Wikitext
{
    public static FunctionFamily Family { get; } = new FunctionFamily("preprocess_wikitext", "wikitext")
        .Field("wikitext_detokenizer", row => Detokenize(row.Text("page")))
        .Results("process_results", (row, answers) =>
        {
            string page = row.Text("page");
            double likelihood = answers[0] is Loglikelihood answer ? answer.Value : (double)answers[0]!;
            object?[] words = [likelihood, DocumentScorer.Words(page)];
            object?[] bytes = [likelihood, (long)Encoding.UTF8.GetByteCount(page)];
            return Columns.Of(("word_perplexity", words), ("byte_perplexity", bytes), ("bits_per_byte", bytes));
        });

    private static string Detokenize(string page)
    {
        var text = new StringBuilder(page).Replace("s '", "s'");
        text = new StringBuilder(PythonRegex.Replace(text.ToString(), "/' [0-9]/", "/'[0-9]/"));
        text.Replace(" @-@ ", "-").Replace(" @,@ ", ",").Replace(" @.@ ", ".");
        foreach (char mark in ":;.!?,")
            text.Replace($" {mark} ", $"{mark} ");
        string joined = text.ToString();
        joined = PythonRegex.Replace(joined, @"\(\s*([^\)]*?)\s*\)", @"(\1)");
        joined = PythonRegex.Replace(joined, @"\[\s*([^\]]*?)\s*\]", @"[\1]");
        joined = PythonRegex.Replace(joined, @"{\s*([^}]*?)\s*}", @"{\1}");
        joined = PythonRegex.Replace(joined, @"""\s*([^""]*?)\s*""", @"""\1""");
        joined = PythonRegex.Replace(joined, @"'\s*([^']*?)\s*'", @"'\1'");
        return new StringBuilder(joined)
            .Replace("= = = =", "====").Replace("= = =", "===").Replace("= =", "==")
            .Replace(" ° ", "°").Replace(" \n", "\n").Replace("\n ", "\n").Replace(" N ", " 1 ").Replace(" 's", "'s")
            .ToString();
    }
}
