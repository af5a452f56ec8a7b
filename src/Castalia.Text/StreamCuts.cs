using System.Text;
using Castalia.Text.Normalization;
using Castalia.Text.Unicode;

namespace Castalia.Text;

/// <summary>
/// Where a long text can be cut without changing its ids: between a letter and white space that follows it, where every part of the
/// tokenizer treats both sides alike whether or not they are together, and no added token reaches across.
/// </summary>
internal sealed class StreamCuts
{
    private readonly byte[][] _reaching, _swallowing, _lonely;
    private readonly bool _anySpace;
    private readonly Normalizer? _normalizer;

    private StreamCuts(byte[][] reaching, byte[][] swallowing, byte[][] lonely, bool anySpace, Normalizer? normalizer) =>
        (_reaching, _swallowing, _lonely, _anySpace, _normalizer) = (reaching, swallowing, lonely, anySpace, normalizer);

    /// <summary>The cuts of a tokenizer; null where no place is known to be safe: its texts have to be encoded whole.</summary>
    public static StreamCuts? Of(TokenizerPipeline pipeline, EncodingPlan plan)
    {
        if (plan.IdsNeedWholeEncoding || !plan.CutsBeforeSpaceAfterLetter || pipeline.Normalizer is { IsLocal: false })
            return null;
        // Content with a letter before white space can lie across a cut.
        AddedToken[] reaching = [.. pipeline.AddedTokens.Where(token => HasSpaceAfterOther(token.Content))];
        AddedToken[] swallowing = [.. pipeline.AddedTokens.Where(token => token.RightStrip)];
        AddedToken[] lonely = [.. pipeline.AddedTokens.Where(token => token.SingleWord && Rune.IsWhiteSpace(token.Content.EnumerateRunes().First()))];
        // What such a token looks like before normalization is not known.
        if (pipeline.Normalizer is not null && reaching.Concat(swallowing).Concat(lonely).Any(token => token.Normalized))
            return null;
        return new StreamCuts(Contents(reaching), Contents(swallowing), Contents(lonely), plan.Scanners is not null, pipeline.Normalizer);
    }

    /// <summary>The last safe place to cut in a text; 0 for none.</summary>
    /// <param name="text">UTF-8, which may be ill-formed and may end inside a character.</param>
    public int Last(ReadOnlySpan<byte> text)
    {
        for (int at = text.Length - 1; at > 0; at--)
        {
            bool between = (text[at] == ' ' || (_anySpace && IsSpace(text[at..]))) && EndsWithLetter(text[..at]);
            if (between && Stays(text, at) && IsSafe(text, at))
                return at;
        }
        return 0;
    }

    private bool IsSafe(ReadOnlySpan<byte> text, int at)
    {
        foreach (byte[] content in _reaching)
        {
            for (int before = 1; before < content.Length; before++)
            {
                // What is still to come counts as if it went on with the token.
                ReadOnlySpan<byte> rest = content.AsSpan(before), after = text[at..];
                if (text[..at].EndsWith(content.AsSpan(0, before)) && after[..Math.Min(after.Length, rest.Length)].SequenceEqual(rest[..Math.Min(after.Length, rest.Length)]))
                    return false;
            }
        }
        foreach (byte[] content in _swallowing)
        {
            if (text[..at].EndsWith(content))
                return false;
        }
        foreach (byte[] content in _lonely)
        {
            if (text[at..].StartsWith(content) || content.AsSpan().StartsWith(text[at..]))
                return false;
        }
        return true;
    }

    /// <summary>
    /// Whether the normalizer leaves the characters before and after a place as they are: it could make them something else than a letter and a space.
    /// </summary>
    private bool Stays(ReadOnlySpan<byte> text, int at)
    {
        if (_normalizer is null)
            return true;
        Rune.DecodeLastFromUtf8(text[..at], out _, out int before);
        Rune.DecodeFromUtf8(text[at..], out _, out int after);
        return _normalizer.LeavesAsIs(text.Slice(at - before, before)) && _normalizer.LeavesAsIs(text.Slice(at, after));
    }

    private static bool IsSpace(ReadOnlySpan<byte> text) =>
        Rune.DecodeFromUtf8(text, out Rune rune, out _) == System.Buffers.OperationStatus.Done && (CharacterClasses.Of[rune.Value] & CharacterClasses.Space) != 0;

    private static bool EndsWithLetter(ReadOnlySpan<byte> text) =>
        Rune.DecodeLastFromUtf8(text, out Rune rune, out _) == System.Buffers.OperationStatus.Done && (CharacterClasses.Of[rune.Value] & CharacterClasses.Letter) != 0;

    private static bool HasSpaceAfterOther(string content)
    {
        bool other = false;
        foreach (Rune rune in content.EnumerateRunes())
        {
            bool space = Rune.IsWhiteSpace(rune);
            if (space && other)
                return true;
            other = !space;
        }
        return false;
    }

    private static byte[][] Contents(IEnumerable<AddedToken> tokens) => [.. tokens.Select(token => Encoding.UTF8.GetBytes(token.Content))];
}
