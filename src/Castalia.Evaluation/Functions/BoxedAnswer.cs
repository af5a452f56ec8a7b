using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Finds what a solution in TeX puts in a box: <c>\boxed{x}</c>, <c>\boxed x</c> or <c>\fbox{x}</c>, the last one of a text.</summary>
internal static class BoxedAnswer
{
    private const string Boxed = "\\boxed ";

    /// <summary>The last box with its command; null if there is none, or its braces do not close.</summary>
    public static string? Last(string text)
    {
        if (text.LastIndexOf(Boxed, StringComparison.Ordinal) is >= 0 and var spaced)
        {
            string after = text[(spaced + Boxed.Length)..];
            int dollar = after.IndexOf('$', StringComparison.Ordinal);
            return Boxed + (dollar < 0 ? after : after[..dollar]);
        }
        return LastBraced(text);
    }

    /// <summary>The last box in braces.</summary>
    public static string? LastBraced(string text)
    {
        int start = text.LastIndexOf("\\boxed", StringComparison.Ordinal);
        if (start < 0)
            start = text.LastIndexOf("\\fbox", StringComparison.Ordinal);
        if (start < 0)
            return null;
        int open = 0;
        for (int i = start; i < text.Length; i++)
        {
            if (text[i] == '{')
                open++;
            else if (text[i] == '}' && --open == 0)
                return text[start..(i + 1)];
        }
        return null;
    }

    /// <summary>What stands in a box; null where the harness's assertions fail: an <c>\fbox</c>, or what stands before <c>\boxed</c>.</summary>
    public static string? TryUnwrap(string? box)
    {
        if (box is null)
            return null;
        if (box.Contains(Boxed, StringComparison.Ordinal))
            return box.StartsWith(Boxed, StringComparison.Ordinal) ? box[Boxed.Length..] : null;
        const string Left = "\\boxed{";
        return box.StartsWith(Left, StringComparison.Ordinal) && box.EndsWith('}') ? box[Left.Length..^1] : null;
    }

    /// <summary>What the last box of a data set's solution holds.</summary>
    /// <exception cref="PythonException">The solution has no box.</exception>
    public static string OfSolution(string solution) => TryUnwrap(Last(solution))
        ?? throw new PythonException("AssertionError: the solution has no \\boxed{...} with its answer");
}
