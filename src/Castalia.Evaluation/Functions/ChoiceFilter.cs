namespace Castalia.Evaluation;

/// <summary>The class MultiChoiceRegexFilter of several families: <c>multi_choice_regex</c> over choices that stand elsewhere in the document.</summary>
internal static class ChoiceFilter
{
    /// <summary>The filter.</summary>
    /// <param name="choices">A document's choices.</param>
    public static Func<Row, IFilter> Create(Func<Row, IEnumerable<string>> choices) => options =>
    {
        var filter = new MultiChoiceRegexFilter(new FilterOptions("MultiChoiceRegexFilter", options));
        return new EachAnswerFilter(document => filter.Reader(choices(document)));
    };
}

/// <summary>MMLU as FLAN was asked it (Chung et al. 2022).</summary>
internal static class MmluFlan
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "mmlu/flan_cot_zeroshot", "mmlu/flan_n_shot/generative")
        .Filter("MultiChoiceRegexFilter", ChoiceFilter.Create(row => row.Texts("choices")));
}
