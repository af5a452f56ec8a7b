namespace Castalia.Data;

/// <summary>What a sample order is a function of, besides the lengths of the documents.</summary>
public sealed record SampleOrderOptions
{
    /// <summary>Tokens a sample is trained on. A sample holds one more: inputs are all but the last, labels all but the first.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>How many samples are wanted at least; the order has as many as fit into the epochs that this needs.</summary>
    public required long Samples { get; init; }

    /// <summary>Seed of both shuffles. Pythia's is 1234.</summary>
    public uint Seed { get; init; } = 1234;

    /// <summary>Which set of the run this is, as GPT-NeoX puts it into the names of its index files: <c>train_0</c>, <c>valid_0</c>.</summary>
    public string Name { get; init; } = "train_0";

    /// <summary>
    /// What the names of the three index files begin with, as GPT-NeoX v1.0 (the one of Pythia) names its caches:
    /// <c>{prefix}_train_0_indexmap_147164160ns_2048sl_1234s</c>.
    /// </summary>
    public string IndexPrefix(string prefix) =>
        FormattableString.Invariant($"{prefix}_{Name}_indexmap_{Samples}ns_{SequenceLength}sl_{Seed}s");

    /// <summary>Refuses what no order can be made for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The sequence length is below 1 or the number of samples below 0.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(SequenceLength, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Samples);
    }
}
