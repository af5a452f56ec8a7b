using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>A context and a continuation as tokens, cut where the harness cuts them.</summary>
/// <param name="Context">Tokens of the context; never none.</param>
/// <param name="Continuation">Tokens that are scored.</param>
public sealed record TokenPair(int[] Context, int[] Continuation)
{
    /// <summary>
    /// Encodes a pair. White space at the context's end goes to the continuation, because a token may begin with it; both are encoded
    /// together, and what is longer than the context alone is the continuation. An empty context is the prefix token.
    /// </summary>
    /// <param name="context">Text before.</param>
    /// <param name="continuation">Text to be scored.</param>
    /// <param name="encode">The tokenizer.</param>
    /// <param name="prefixToken">What a text begins with: the token of a beginning, else of an end.</param>
    public static TokenPair Encode(string context, string continuation, Func<string, int[]> encode, int prefixToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(encode);
        if (context.Length == 0)
        {
            int[] alone = encode(continuation);
            return alone.Length > 0 && alone[0] == prefixToken
                ? new TokenPair([prefixToken], alone[1..])
                : new TokenPair([prefixToken], alone);
        }
        string stripped = PythonString.RightStrip(context);
        string tail = string.Concat(context.AsSpan(stripped.Length), continuation);
        int[] before = encode(stripped), whole = encode(stripped + tail);
        return new TokenPair(before, before.Length < whole.Length ? whole[before.Length..] : []);
    }
}
