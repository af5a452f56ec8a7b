namespace Castalia.Data;

/// <summary>The sizes of an order, which follow from the documents' lengths before anything is shuffled.</summary>
/// <param name="Documents">Documents of the dataset.</param>
/// <param name="TokensPerEpoch">Their tokens together.</param>
/// <param name="Epochs">How many epochs are shuffled together.</param>
/// <param name="Samples">Samples that fit into them.</param>
/// <param name="WideSamples">Whether the sample index needs 64-bit numbers.</param>
/// <param name="WideShuffle">Whether the shuffle index needs 64-bit numbers.</param>
internal readonly record struct SampleOrderPlan(
    long Documents, long TokensPerEpoch, int Epochs, long Samples, bool WideSamples, bool WideShuffle)
{
    /// <summary>Entries of the document index: every document once an epoch.</summary>
    public long DocumentEntries => Documents * Epochs;

    /// <summary>Plans an order.</summary>
    /// <param name="prefix">The dataset's prefix, for errors.</param>
    /// <param name="documents">Documents of the dataset.</param>
    /// <param name="tokens">Their tokens together.</param>
    /// <param name="options">What is wanted.</param>
    /// <exception cref="InputException">The dataset is empty, too small for one sample, or larger than GPT-NeoX's index files can name.</exception>
    public static SampleOrderPlan For(string prefix, long documents, long tokens, SampleOrderOptions options)
    {
        options.Validate();
        if (documents > int.MaxValue)
        {
            throw new InputException(
                prefix, null, $"{documents:N0} documents do not fit the 32-bit document index of GPT-NeoX's format.", "Split the dataset into several.");
        }
        // The least E with (E * tokens - 1) / seq >= samples; a sample shares its last token with the next, so one token more is needed in all.
        int sequence = options.SequenceLength;
        UInt128 needed = (UInt128)(ulong)Math.Max(options.Samples, 1) * (ulong)sequence + 1;
        UInt128 epochs = tokens == 0 ? 0 : ((UInt128)(ulong)options.Samples * (ulong)sequence + 1 + (ulong)tokens - 1) / (ulong)tokens;
        if (tokens == 0 || epochs * (ulong)tokens <= (ulong)sequence)
        {
            throw new InputException(
                prefix, null, $"it has {tokens:N0} tokens in {documents:N0} documents, too few for one sample of {needed:N0}.",
                "Choose a shorter sequence length or pack more documents.");
        }
        if (epochs > int.MaxValue || epochs * (ulong)tokens > long.MaxValue)
        {
            throw new InputException(
                prefix, null, $"{options.Samples:N0} samples would need {epochs:N0} epochs of its {tokens:N0} tokens.", "Ask for fewer samples or pack more documents.");
        }
        long all = (long)epochs * tokens;
        long samples = (all - 1) / sequence;
        long entries = documents * (long)epochs;
        // NeoX decides by this very comparison, of floating-point numbers; an index it could not hold is wide here rather than wrong.
        bool wideSamples = 2 * ((double)(all - 1) / sequence + 1) >= int.MaxValue || entries > int.MaxValue;
        bool wideShuffle = samples >= uint.MaxValue - 1;
        return new SampleOrderPlan(documents, tokens, (int)epochs, samples, wideSamples, wideShuffle);
    }
}
