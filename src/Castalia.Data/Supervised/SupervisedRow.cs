using Castalia.Text;

namespace Castalia.Data;

/// <summary>An example as tokens, each with its label.</summary>
/// <param name="Tokens">The tokens.</param>
/// <param name="Labels">Each token again where it is learned, else <see cref="SupervisedDataset.IgnoredLabel"/>.</param>
/// <param name="WasTooLong">Whether it was longer than a row.</param>
internal sealed record SupervisedRow(int[] Tokens, int[] Labels, bool WasTooLong)
{
    /// <summary>How many tokens are learned.</summary>
    public int Learned => Labels.Count(label => label != SupervisedDataset.IgnoredLabel);

    /// <summary>Encodes an example and brings it to a row's length. Nothing is learned of one that is left out.</summary>
    /// <remarks>
    /// The text is encoded in one piece, as a model is given it later. A token belongs to the part of the text in which it ends. What
    /// follows the last learned token is cut off, and the first token has no label, as nothing stands before it to tell it from.
    /// </remarks>
    public static SupervisedRow Encode(SupervisedText text, SupervisedOptions options)
    {
        Tokenizer tokenizer = options.Tokenizer;
        TokenEncoding encoding = tokenizer.EncodeFull(text.Text, null, text.Rendered ? EncodeOptions.WithoutPostProcessor : EncodeOptions.None, OffsetUnit.Utf16);
        List<int> tokens = [.. encoding.Ids];
        List<int> labels = [];
        int span = 0;
        for (int i = 0; i < tokens.Count; i++)
        {
            int end = encoding.Offsets[i].End;
            while (span < text.Learned.Count - 1 && text.Learned[span].End < end)
                span++;
            bool learned = !encoding.SpecialTokensMask[i] && text.Learned[span].Start < end && end <= text.Learned[span].End;
            labels.Add(learned ? tokens[i] : SupervisedDataset.IgnoredLabel);
        }
        if (options.AppendEndOfText && options.EndOfText is int ending)
            End(encoding, tokens, labels, text.Learned[^1], tokenizer, ending);

        int length = labels.FindLastIndex(label => label != SupervisedDataset.IgnoredLabel) + 1, most = options.SequenceLength + 1;
        bool tooLong = length > most;
        if (tooLong && options.TooLong == TooLong.Drop)
            return new SupervisedRow([], [], true);
        int from = tooLong && options.TooLong == TooLong.CutLeft ? length - most : 0, to = Math.Min(length, from + most);
        while (to > from && labels[to - 1] == SupervisedDataset.IgnoredLabel)
            to--;
        if (to > from)
            labels[from] = SupervisedDataset.IgnoredLabel;
        return new SupervisedRow([.. tokens[from..to]], [.. labels[from..to]], tooLong);
    }

    // Learns the end of the answer where nothing else ends it.
    private static void End(TokenEncoding encoding, List<int> tokens, List<int> labels, (int Start, int End) answer, Tokenizer tokenizer, int ending)
    {
        if (tokens.Count > 1 && tokens[^1] == ending)
        {
            labels[^1] = ending;
            return;
        }
        for (int i = 0; i < tokens.Count; i++)
        {
            if (encoding.Offsets[i].End > answer.Start && labels[i] != SupervisedDataset.IgnoredLabel && tokenizer.IsSpecial(tokens[i]))
                return;
        }
        // Behind the last answer: a conversation's text may go on with white space. Where there is no answer, there is none to end.
        int at = labels.FindLastIndex(label => label != SupervisedDataset.IgnoredLabel) + 1;
        if (at == 0)
            return;
        tokens.Insert(at, ending);
        labels.Insert(at, ending);
    }
}
