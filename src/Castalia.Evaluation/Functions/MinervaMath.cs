using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// MATH as Minerva was asked it (Lewkowycz et al. 2022), with four worked examples and a fixed last line that holds the answer.
/// </summary>
/// <remarks>
/// The harness takes two answers for equal if sympy, a computer algebra system, simplifies their difference to zero, and gives a second metric from
/// the library math-verify. Neither has an equal here: answers are equal if they are written alike after Minerva's own normalization, and
/// <c>math_verify</c> is always 0. The exact match is therefore never above the harness's; it is below where an answer is right in another form.
/// </remarks>
internal static class MinervaMath
{
    private const string Invalid = "[invalidanswer]";

    private static readonly (string From, string To)[] Substitutions =
    [
        ("an ", ""), ("a ", ""), (".$", "$"), ("\\$", ""), ("\\ ", ""), (" ", ""), ("mbox", "text"), (",\\text{and}", ","), ("\\text{and}", ","),
        ("\\text{m}", "\\text{}"),
    ];

    private static readonly string[] Removed =
    [
        "square", "ways", "integers", "dollars", "mph", "inches", "ft", "hours", "km", "units", "\\ldots", "sue", "points", "feet", "minutes", "digits",
        "cents", "degrees", "cm", "gm", "pounds", "meters", "meals", "edges", "students", "childrentickets", "multiples", "\\text{s}", "\\text{.}",
        "\\text{\ns}", "\\text{}^2", "\\text{}^3", "\\text{\n}", "\\text{}", "\\mathrm{th}", "^\\circ", "^{\\circ}", "\\;", ",\\!", "{,}", "\"", "\\dots",
    ];

    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "minerva_math")
        .EachRow("process_docs", row => Columns.Of(
            ("problem", row.Text("problem")), ("solution", row.Text("solution")), ("answer", Normalize(BoxedAnswer.OfSolution(row.Text("solution"))))))
        .Field("doc_to_text", Question)
        .Samples("list_fewshot_samples", Examples)
        .Results("process_results", (row, answers) => Columns.Of(
            ("exact_match", Normalize(FinalAnswer(answers.Generated())) == row.Text("answer") ? 1L : 0L), ("math_verify", 0L)));

    internal static object? Question(Row row) => $"Problem:\n{row.Text("problem")}\n\nSolution:";

    /// <summary>What the fixed last line gives; a mark of its own if the line is not there.</summary>
    internal static string FinalAnswer(string text) =>
        PythonRegex.Compile("Final Answer: The final answer is(.*?). I hope it is correct.").Match(text + "I hope it is correct.") is { Success: true } line
            ? PythonString.Strip(line.Groups[1].Value) : Invalid;

    internal static bool IsInvalid(string answer) => answer == Invalid;

    /// <summary>The normalization of Lewkowycz et al. (2022), appendix D.</summary>
    internal static string Normalize(string answer)
    {
        var output = new StringBuilder(answer[(answer.LastIndexOf('=') + 1)..]);
        foreach ((string from, string to) in Substitutions)
            output.Replace(from, to);
        foreach (string word in Removed)
            output.Replace(word, "");
        string text = output.ToString();
        text = PythonRegex.Replace(text, @"(.*?)(\$)(.*?)(\$)(.*)", @"$\3$");
        text = PythonRegex.Replace(text, @"(\\text\{)(.*?)(\})", @"\2");
        text = PythonRegex.Replace(text, @"(\\textbf\{)(.*?)(\})", @"\2");
        text = PythonRegex.Replace(text, @"(\\overline\{)(.*?)(\})", @"\2");
        text = PythonRegex.Replace(text, @"(\\boxed\{)(.*)(\})", @"\2");
        text = PythonRegex.Replace(text, @"(frac)([^{])(.)", @"frac{\2}{\3}");
        text = PythonRegex.Replace(text, @"(sqrt)([^{])", @"sqrt{\2}");
        text = text.Replace("$", "", StringComparison.Ordinal);
        string withoutCommas = text.Replace(",", "", StringComparison.Ordinal);
        return PythonString.IsDigit(withoutCommas) ? withoutCommas : text;
    }

    /// <summary>The four examples of Lewkowycz et al. (2022), appendix D.2.</summary>
    internal static IReadOnlyList<Row> Examples() =>
    [
        Example(@"Find the domain of the expression  $\frac{\sqrt{x-2}}{\sqrt{5-x}}$.}",
            @"The expressions inside each square root must be non-negative. Therefore, $x-2 \ge 0$, so $x\ge2$, and $5 - x \ge 0$, so $x \le 5$. Also, the denominator cannot be equal to zero, so $5-x>0$, which gives $x<5$. Therefore, the domain of the expression is $\boxed{[2,5)}$.", "[2,5)"),
        Example(@"If $\det \mathbf{A} = 2$ and $\det \mathbf{B} = 12,$ then find $\det (\mathbf{A} \mathbf{B}).$",
            @"We have that $\det (\mathbf{A} \mathbf{B}) = (\det \mathbf{A})(\det \mathbf{B}) = (2)(12) = \boxed{24}.$", "24"),
        Example("Terrell usually lifts two 20-pound weights 12 times. If he uses two 15-pound weights instead, how many times must Terrell lift them in order to lift the same total weight?",
            "If Terrell lifts two 20-pound weights 12 times, he lifts a total of $2\\cdot 12\\cdot20=480$ pounds of weight.  If he lifts two 15-pound weights instead for $n$ times, he will lift a total of $2\\cdot15\\cdot n=30n$ pounds of weight.  Equating this to 480 pounds, we can solve for $n$:\n\\begin{align*}\n30n&=480\\\\\n\\Rightarrow\\qquad n&=480/30=\\boxed{16}\n\\end{align*}", "16"),
        Example("If the system of equations\n\n\\begin{align*}\n6x-4y&=a,\\\\\n6y-9x &=b.\n\\end{align*}has a solution $(x, y)$ where $x$ and $y$ are both nonzero,\nfind $\\frac{a}{b},$ assuming $b$ is nonzero.",
            "If we multiply the first equation by $-\\frac{3}{2}$, we obtain\n\n$$6y-9x=-\\frac{3}{2}a.$$Since we also know that $6y-9x=b$, we have\n\n$$-\\frac{3}{2}a=b\\Rightarrow\\frac{a}{b}=\\boxed{-\\frac{2}{3}}.$$", @"-\frac{2}{3}"),
    ];

    private static Row Example(string problem, string solution, string answer) => Columns.Of(("problem", problem),
        ("solution", $"{solution}\nFinal Answer: The final answer is ${answer}$. I hope it is correct."), ("few_shot", "1"));
}

/// <summary>
/// The Open LLM Leaderboard's MATH: Minerva's prompt; an answer written like the right one counts. As in <see cref="MinervaMath"/> nothing is
/// simplified by algebra.
/// </summary>
internal static class LeaderboardMath
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "leaderboard/math")
        .EachRow("process_docs", row => Columns.Of(
            ("problem", row.Text("problem")), ("solution", row.Text("solution")), ("answer", MinervaMath.Normalize(BoxedAnswer.OfSolution(row.Text("solution"))))))
        .Field("doc_to_text", MinervaMath.Question)
        .Samples("list_fewshot_samples", MinervaMath.Examples)
        .Results("process_results", (row, answers) =>
        {
            string answer = MinervaMath.Normalize(MinervaMath.FinalAnswer(answers.Generated()));
            bool alike = !MinervaMath.IsInvalid(answer) && PythonString.Strip(answer) == PythonString.Strip(row.Text("answer"));
            return Columns.Of(("exact_match", alike ? 1L : 0L));
        });
}
