using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>SuperGLUE's Winograd schemas (Wang et al. 2019): does the marked pronoun mean the noun.</summary>
internal static class Wsc
{
    private static readonly string[] Determiners =
    [
        "a", "an", "few", "her", "his", "each", "every", "many", "much", "my", "our", "some", "that", "the", "their", "these", "this", "those", "which",
        "whose", "your",
    ];

    // Two rows of the data set whose span does not fit their text; T5 writes their inputs out.
    private static readonly Dictionary<string, string> Written = new(StringComparer.Ordinal)
    {
        ["The boy continued to whip the pony , and eventually the pony threw him over. John laughed out quite loud. \"Good for him,\" he said. "] =
            "The boy continued to whip the pony , and eventually the pony threw him over. John laughed out quite loud. \"Good for X ,\" he said.",
        ["When they had eventually calmed down a bit , and had gotten home, Mr. Farley put the magic pebble in an iron safe . Some day they might want to use it , but really for now, what more could they wish for?"] =
            "When they had eventually calmed down a bit , and had gotten home, Mr. Farley put the magic pebble in an iron safe . Some day they might want to use X , but really for now, what more could they wish for?",
    };

    public static FunctionFamily Family { get; } = new FunctionFamily("preprocess_wsc", "super_glue/wsc")
        .Field("default_doc_to_text", Question);

    /// <summary>The prompt of T5 (Raffel et al. 2020), and whether the words that it gave name the noun.</summary>
    public static FunctionFamily T5 { get; } = new FunctionFamily("t5_utils", "super_glue/wsc")
        .Field("doc_to_text", row => "wsc: " + Marked(row).Replace(" X ", $" *{row.Text("span2_text")}* ", StringComparison.Ordinal))
        .Filter("WSCPostprocess", _ => new ReferentFilter());

    /// <summary>Takes the spaces out that a tokenizer of words left around marks: the harness's <c>general_detokenize</c>.</summary>
    internal static string Detokenize(string text)
    {
        text = text.Replace(" n't", "n't", StringComparison.Ordinal).Replace(" )", ")", StringComparison.Ordinal).Replace("( ", "(", StringComparison.Ordinal)
            .Replace("\" ", "\"", StringComparison.Ordinal).Replace(" \"", "\"", StringComparison.Ordinal);
        return PythonRegex.Replace(text, @" (['.,])", @"\1");
    }

    private static object? Question(Row row)
    {
        string text = row.Text("text"), pronoun = row.Text("span2_text");
        // The spans count words, and the text after the pronoun is found by the length of what was joined before it.
        string before = string.Join(' ', PythonString.SplitAtSpace(text).Take((int)row.Integer("span2_index")));
        string after = Columns.Skip(text, PythonString.Length(before) + PythonString.Length(pronoun) + 1);
        return $"Passage: {Detokenize($"{before} *{pronoun}*{after}")}\n"
            + $"Question: In the passage above, does the pronoun \"*{pronoun}*\" refer to \"*{row.Text("span1_text")}*\"?\nAnswer:";
    }

    private static string Marked(Row row)
    {
        if (Written.TryGetValue(row.Text("text"), out string? written))
            return written;
        string[] words = row.Text("text").Split(' ');
        long at = row.Integer("span2_index");
        if (at <= 0 || at >= words.Length || words[at] != row.Text("span2_text"))
            throw new PythonException("AssertionError: span2_index is not the place of span2_text");
        words[at] = "X";
        return string.Join(' ', words);
    }

    private static HashSet<string> Words(string text) =>
        [.. PythonString.Lower(PythonString.Strip(text)).Split(' ').Where(word => !Determiners.Contains(word)) is var kept && kept.Any() ? kept : [""]];

    private sealed class ReferentFilter : IFilter
    {
        public IReadOnlyList<object?> Apply(IReadOnlyList<object?> answers, IReadOnlyList<Row> documents) =>
            [.. answers.Select((answer, i) => (object?)Names((string)((IReadOnlyList<object?>)answer!)[0]!, documents[i].Text("span1_text")))];

        /// <summary>"fuzzy bunny" and "bunny" are one; "Bob's hat" and "Bob" are not.</summary>
        private static bool Names(string prediction, string noun)
        {
            HashSet<string> said = Words(prediction), meant = Words(noun);
            bool alikePossessive = said.Any(word => word.Contains('\'')) == meant.Any(word => word.Contains('\''));
            return alikePossessive && (said.IsSubsetOf(meant) || meant.IsSubsetOf(said));
        }
    }
}

/// <summary>CommitmentBank (de Marneffe et al. 2019): F1 of each of the three answers, averaged.</summary>
internal static class CommitmentBank
{
    private static readonly string[] Labels = ["entailment", "contradiction", "neutral"];

    public static FunctionFamily Family { get; } = new FunctionFamily("aggregate", "super_glue/cb")
        .Aggregation("cb_multi_fi", items => ClassF1.Macro([.. items.Select(Pair)], [0L, 1L, 2L]));

    /// <summary>T5's three labels; a text that is none of them counts as the first.</summary>
    public static FunctionFamily T5 { get; } = new FunctionFamily("t5_utils", "super_glue/cb")
        .Metric("mean_3class_f1", (references, predictions, _) =>
        {
            int gold = Array.IndexOf(Labels, (string)references[0]!);
            if (gold < 0)
                throw new PythonException($"ValueError: {PythonText.Repr(references[0])} is not in list");
            return new PythonTuple((long)Math.Max(0, Array.IndexOf(Labels, predictions[0] as string)), (long)gold);
        })
        .Aggregation("agg_mean_3class_f1", items => ClassF1.Macro([.. items.Select(Pair)], [0L, 1L, 2L]));

    /// <summary>Both give the prediction before the reference; F1 is the same either way round.</summary>
    private static (object? Gold, object? Predicted) Pair(object? item) =>
        item is IReadOnlyList<object?> { Count: 2 } pair ? (pair[1], pair[0]) : throw new PythonException("ValueError: an item is no pair of prediction and answer");
}
