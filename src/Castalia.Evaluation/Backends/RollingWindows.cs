namespace Castalia.Evaluation;

/// <summary>One pass over a part of a long text.</summary>
/// <param name="Context">Tokens that are only read; the last of them comes right before the first target.</param>
/// <param name="Targets">Tokens that are scored.</param>
public sealed record RollingWindow(ArraySegment<int> Context, ArraySegment<int> Targets);

/// <summary>Cuts a text into windows in which every token is scored exactly once, as the harness does for perplexity.</summary>
public static class RollingWindows
{
    /// <summary>
    /// The windows of a text. The first scores up to <paramref name="longest"/> tokens after the prefix token; each that follows scores as many
    /// new ones as fit behind <paramref name="contextLength"/> old ones; the last is filled up with old tokens on its left.
    /// </summary>
    /// <param name="tokens">The text.</param>
    /// <param name="prefixToken">What stands before it.</param>
    /// <param name="longest">Most tokens that a pass reads.</param>
    /// <param name="contextLength">Fewest old tokens that a later window reads.</param>
    public static IReadOnlyList<RollingWindow> Of(ReadOnlySpan<int> tokens, int prefixToken, int longest, int contextLength = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(contextLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, contextLength);
        var windows = new List<RollingWindow>();
        if (tokens.IsEmpty)
            return windows;
        int[] all = [prefixToken, .. tokens]; // token i of the text stands at i + 1
        int done = Math.Min(tokens.Length, longest);
        windows.Add(new RollingWindow(new ArraySegment<int>(all, 0, 1), new ArraySegment<int>(all, 1, done)));
        while (done < tokens.Length)
        {
            int count = Math.Min(tokens.Length - done, longest - contextLength + 1);
            int end = done + count;
            int start = end - longest; // first token read, as an index of the text
            windows.Add(new RollingWindow(new ArraySegment<int>(all, start, done - start + 1), new ArraySegment<int>(all, done + 1, count)));
            done = end;
        }
        return windows;
    }
}
