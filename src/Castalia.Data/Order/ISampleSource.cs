namespace Castalia.Data;

/// <summary>Samples to train on in their order: step s of a run with batches of B takes [B·s, B·(s+1)).</summary>
public interface ISampleSource
{
    /// <summary>What errors call it: the path of the tokens.</summary>
    string Name { get; }

    /// <summary>Tokens a sample is trained on; a sample holds one more.</summary>
    int SequenceLength { get; }

    /// <summary>How many samples the order has; null where it has no end.</summary>
    long? Samples { get; }

    /// <summary>Whether only some tokens are learned. Where not, every token but the first is the label of the one before.</summary>
    bool HasLabels { get; }

    /// <summary>Copies a sample, in which a token stands at its place and its label at the same place.</summary>
    /// <param name="index">The place in the order, from 0.</param>
    /// <param name="tokens">Filled whole; <see cref="SequenceLength"/> + 1 long.</param>
    /// <param name="labels">
    /// Filled whole where there are labels, with the token where it is learned and −100 where not; empty where there are none.
    /// </param>
    void Read(long index, Span<int> tokens, Span<int> labels);
}
