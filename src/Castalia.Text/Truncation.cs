namespace Castalia.Text;

/// <summary>Cuts encodings to a length, as HF's truncate_encodings does.</summary>
internal static class Truncation
{
    /// <summary>Cuts one encoding, or two that together are too long.</summary>
    /// <param name="options">How to cut.</param>
    /// <param name="encodings">One or two encodings.</param>
    /// <param name="added">How many tokens the post-processor adds: they have to fit as well.</param>
    /// <exception cref="InputException">The stride is no less than what is left of the length, or the text to cut is too short for it.</exception>
    public static void Apply(TruncationOptions options, List<TokenEncoding> encodings, int added)
    {
        int length = options.MaxLength - added;
        if (length < 0)
            throw Refuse($"the length {options.MaxLength} is less than the {added} tokens that the post-processor adds.", $"Give at least {added}.");
        if (length == 0)
        {
            encodings.ForEach(encoding => encoding.Truncate(0, 0, options.Direction == Side.Left));
            return;
        }
        int excess = encodings.Sum(encoding => encoding.Count) - length;
        if (excess <= 0)
            return;
        switch (options.Strategy)
        {
            case TruncationStrategy.LongestFirst when encodings.Count == 2:
                CutPair(encodings, length, options);
                break;
            case TruncationStrategy.LongestFirst:
                Cut(encodings[0], length, options);
                break;
            default:
                int which = options.Strategy == TruncationStrategy.OnlyFirst ? 0 : 1;
                if (which >= encodings.Count)
                    throw Refuse("the second text was to be cut, but there is only one.", "Give a pair, or another strategy.");
                int left = encodings[which].Count - excess;
                if (left <= 0)
                    throw Refuse($"the text to cut has {encodings[which].Count} tokens, and {excess} are too many.", "Give a greater length, or cut the longest first.");
                Cut(encodings[which], left, options);
                break;
        }
    }

    /// <summary>The shorter one stays whole where it is at most half; else both get half, the odd token going to the longer.</summary>
    private static void CutPair(List<TokenEncoding> encodings, int length, TruncationOptions options)
    {
        int first = encodings[0].Count, second = encodings[1].Count;
        bool swapped = first > second;
        int shorter = Math.Min(first, second), longer;
        if (shorter > length)
            longer = shorter;
        else
            longer = Math.Max(shorter, length - shorter);
        if (shorter + longer > length)
            (shorter, longer) = (length / 2, (length / 2) + (length % 2));
        Cut(encodings[0], swapped ? longer : shorter, options);
        Cut(encodings[1], swapped ? shorter : longer, options);
    }

    private static void Cut(TokenEncoding encoding, int length, TruncationOptions options)
    {
        if (length < encoding.Count && length > 0 && options.Stride >= length)
            throw Refuse($"the stride {options.Stride} is not less than the {length} tokens of a window.", "Give a smaller stride or a greater length.");
        encoding.Truncate(length, options.Stride, options.Direction == Side.Left);
    }

    private static InputException Refuse(string problem, string remedy) => new("truncation", null, problem, remedy);
}
