namespace Castalia.Recipes.Report.Sections;

/// <summary>Small parts of sentences.</summary>
internal static class Sentences
{
    /// <summary>A list as it is said: <c>a</c>, <c>a and b</c>, <c>a, b and c</c>.</summary>
    public static string Joined(IReadOnlyList<string> parts) =>
        parts.Count < 2 ? string.Concat(parts) : $"{string.Join(", ", parts.Take(parts.Count - 1))} and {parts[^1]}";

    /// <summary>A sentence's first letter as a capital.</summary>
    public static string Begun(string sentence) => sentence.Length == 0 ? sentence : char.ToUpperInvariant(sentence[0]) + sentence[1..];
}
