namespace Castalia.Tensors;

/// <summary>
/// A piece of a tree of sequences that is walked depth first: tokens that go on from the path that leads to them. What stood behind their
/// beginning on that path is forgotten.
/// </summary>
/// <param name="Start">The position of the first token: how many of the path's tokens come before it.</param>
/// <param name="Length">How many tokens it has, at least 1.</param>
public readonly record struct TokenRun(int Start, int Length)
{
    /// <summary>The position behind the last token.</summary>
    public int End => Start + Length;
}
