namespace Castalia.Serving.Api;

/// <summary>Lengths of text as Python counts them, and so OpenAI's offsets.</summary>
internal static class CodePoints
{
    /// <summary>How many code points a text has.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        int count = text.Length;
        foreach (char c in text)
        {
            if (char.IsLowSurrogate(c))
                count--;
        }
        return count;
    }
}
