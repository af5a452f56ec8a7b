using Castalia.Tensors;

namespace Castalia.Models;

/// <summary>
/// Tokens of a tree of sequences, packed into one row without padding in the order of a depth-first walk: a beginning that many sequences
/// share passes once. A pass may be any part of the walk; the path carries over from one to the next.
/// </summary>
/// <param name="Path">Keys and values of the path so far; the pass goes on from it and leaves it where the walk stands then.</param>
/// <param name="Runs">The pieces of the walk; tokens beyond theirs are padding.</param>
public sealed record PackedTree(SequencePath Path, IReadOnlyList<TokenRun> Runs)
{
    /// <summary>The tokens whose hidden states are asked for, in ascending order; null for all. What only others need is not computed.</summary>
    public IReadOnlyList<int>? Wanted { get; init; }
}
