using Castalia.Tensors;

namespace Castalia.Evaluation;

/// <summary>A part of the walk through a <see cref="PrefixTree"/>, for a model.</summary>
/// <param name="Tokens">The tokens to read.</param>
/// <param name="Runs">Where on its path each piece of them stands.</param>
/// <param name="Wanted">The tokens after which labels are asked for, in ascending order.</param>
/// <param name="Rows">For each label, the wanted token that it follows, in ascending order.</param>
/// <param name="Labels">What may come next.</param>
internal sealed record TreePass(int[] Tokens, TokenRun[] Runs, int[] Wanted, int[] Rows, int[] Labels);

/// <summary>From tokens to log probabilities: what a model has to do for <see cref="SequenceScorer"/>.</summary>
internal interface ITreeModel
{
    /// <summary>
    /// Sequences of different kinds share nothing though they begin alike; 0 for all that are of the common kind. Only dynamic rotary scaling,
    /// by which a token's state depends on its sequence's length, makes kinds.
    /// </summary>
    /// <param name="length">Tokens of the input.</param>
    int KindOf(int length);

    /// <summary>Begins a walk.</summary>
    /// <param name="longest">Tokens of the longest path.</param>
    /// <param name="kind">The kind of all its sequences.</param>
    ITreeWalk Begin(int longest, int kind);
}

/// <summary>A walk through a tree, pass after pass.</summary>
internal interface ITreeWalk : IDisposable
{
    /// <summary>Reads the next part; returns, for each label, its log probability in nats, and whether it is the first of the likeliest.</summary>
    (double[] LogProbabilities, bool[] Greedy) Read(TreePass pass);
}
