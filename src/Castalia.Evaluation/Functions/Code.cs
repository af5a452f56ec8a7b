using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// Runs programs that a model wrote. There is none here: running them needs walls that a library cannot build, so a metric that needs one
/// refuses unless the caller brings it.
/// </summary>
public interface ICodeRunner
{
    /// <summary>The name under which a runner stands among a metric's options.</summary>
    public const string Option = "code_runner";

    /// <summary>Whether a program ends without an error within its time.</summary>
    /// <param name="program">Python: a candidate's text, and the tests after it.</param>
    bool Passes(string program);
}

/// <summary>HumanEval (Chen et al. 2021): the prompt and what the model wrote make the program.</summary>
internal static class HumanEval
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "humaneval")
        .Filter("build_predictions", _ => new EachAnswerFilter(row => answer => row.Text("prompt") + answer))
        .Filter("build_predictions_instruct", _ => new EachAnswerFilter(row => answer =>
            row.Text("prompt") + (answer.IndexOf("```", StringComparison.Ordinal) is >= 0 and var fence ? answer[..fence] : answer)))
        .Metric("pass_at_k", (references, predictions, options) => CodeScore.PassAtK(references, predictions, options, Ks(options)));

    private static long[] Ks(Row options) => options.TryGetValue("k", out object? k) ? k switch
    {
        long one => [one],
        IReadOnlyList<object?> several => [.. several.Cast<long>()],
        _ => throw new PythonException("TypeError: the option k is neither a whole number nor a list of such"),
    } : throw new PythonException("AssertionError: the metric needs the option k");
}

/// <summary>MBPP (Austin et al. 2021): the program is the answer, or what it puts in a fence.</summary>
internal static class Mbpp
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "mbpp")
        .Filter("build_predictions", _ => new EachAnswerFilter(_ => Fenced))
        .Metric("pass_at_1", (references, predictions, options) =>
            CodeScore.PassAtK(references, [.. predictions.Select(one => one is string ? (IReadOnlyList<object?>)[one] : one)], options, [1])["pass@1"])
        .Samples("list_fewshot_samples", () =>
        [
            Example(2, "Write a function to find the similar elements from the given two tuple lists.",
                "def similar_elements(test_tup1, test_tup2):\r\n  res = tuple(set(test_tup1) & set(test_tup2))\r\n  return (res) ",
                "assert similar_elements((3, 4, 5, 6),(5, 7, 4, 10)) == (4, 5)", "assert similar_elements((1, 2, 3, 4),(5, 4, 3, 7)) == (3, 4)",
                "assert similar_elements((11, 12, 14, 13),(17, 15, 14, 13)) == (13, 14)"),
            Example(3, "Write a python function to identify non-prime numbers.",
                "import math\r\ndef is_not_prime(n):\r\n    result = False\r\n    for i in range(2,int(math.sqrt(n)) + 1):\r\n        if n % i == 0:\r\n            result = True\r\n    return result",
                "assert is_not_prime(2) == False", "assert is_not_prime(10) == True", "assert is_not_prime(35) == True"),
            Example(4, "Write a function to find the largest integers from a given list of numbers using heap queue algorithm.",
                "import heapq as hq\r\ndef heap_queue_largest(nums,n):\r\n  largest_nums = hq.nlargest(n, nums)\r\n  return largest_nums",
                "assert heap_queue_largest( [25, 35, 22, 85, 14, 65, 75, 22, 58],3)==[85, 75, 65] ",
                "assert heap_queue_largest( [25, 35, 22, 85, 14, 65, 75, 22, 58],2)==[85, 75] ",
                "assert heap_queue_largest( [25, 35, 22, 85, 14, 65, 75, 22, 58],5)==[85, 75, 65, 58, 35]"),
        ]);

    /// <summary>What stands in the first fence; the prompt may have opened it already.</summary>
    private static string Fenced(string answer)
    {
        var fence = PythonRegex.Compile(@"```(?:\w+)?\n?((?:.|\n)*?)\n?```");
        System.Text.RegularExpressions.Match match = fence.Match("```" + answer);
        if (!match.Success)
            match = fence.Match(answer.Replace("```python", "```", StringComparison.Ordinal));
        return match.Success ? match.Groups[1].Value : answer;
    }

    private static Row Example(long id, string text, string code, params string[] tests) => Columns.Of(
        ("task_id", id), ("text", text), ("code", code), ("test_list", Columns.List(tests)), ("is_fewshot", true));
}

/// <summary>The share of programs that pass their tests.</summary>
internal static class CodeScore
{
    /// <summary>pass@k of Chen et al. (2021): the chance that one of k drawn candidates passes, without bias.</summary>
    public static Row PassAtK(IReadOnlyList<object?> references, IReadOnlyList<object?> predictions, Row options, IReadOnlyList<long> ks)
    {
        if (!options.TryGetValue(ICodeRunner.Option, out object? given) || given is not ICodeRunner runner)
        {
            throw new PythonException("the metric runs programs that the model wrote, and nothing is run here. Ask for the answers alone (predict only) and "
                + "score them where programs can be run safely");
        }
        var totals = new double[ks.Count];
        var counted = new bool[ks.Count];
        Array.Fill(counted, true);
        for (int i = 0; i < references.Count; i++)
        {
            var candidates = (IReadOnlyList<object?>)predictions[i]!;
            int passed = candidates.Count(candidate => runner.Passes($"{(string)candidate!}\n{(string)references[i]!}"));
            for (int j = 0; j < ks.Count; j++)
            {
                counted[j] &= candidates.Count >= ks[j];
                totals[j] += Estimate(candidates.Count, passed, ks[j]);
            }
        }
        var scores = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        for (int j = 0; j < ks.Count; j++)
        {
            if (counted[j])
                scores[$"pass@{ks[j]}"] = totals[j] / references.Count;
        }
        return scores;
    }

    private static double Estimate(int candidates, int passed, long k)
    {
        if (candidates - passed < k)
            return 1;
        double none = 1;
        for (int i = candidates - passed + 1; i <= candidates; i++)
            none *= 1 - (double)k / i;
        return 1 - none;
    }
}
