using TorchSharp;

namespace Castalia.Models;

/// <summary>What a forward pass is given beside the tokens.</summary>
public sealed record ForwardOptions
{
    /// <summary>
    /// 1 where a token counts and 0 where it is padding on the left, [batch, keys] with keys = cached + new tokens, any integer or
    /// boolean type. Null where nothing is padded on the left. What the pass gives at padded positions means nothing. With a cache, its
    /// sequences have the same length.
    /// </summary>
    public torch.Tensor? AttentionMask { get; init; }

    /// <summary>Keys and values of the tokens before these, to which the pass adds those of these tokens. Null for a pass of its own.</summary>
    public KeyValueCache? Cache { get; init; }

    /// <summary>The cache's sequences that the rows continue; null for all of them in their order.</summary>
    public IReadOnlyList<int>? Slots { get; init; }

    /// <summary>
    /// How many of each row's tokens count, where rows of a pass with a cache are padded on the right: only these are kept. Null where all count.
    /// </summary>
    public IReadOnlyList<int>? Lengths { get; init; }

    /// <summary>That the tokens are those of a tree of sequences, packed into one row; null for rows of tokens. Goes with nothing else here.</summary>
    public PackedTree? Tree { get; init; }

    /// <summary>Reads or replaces named places.</summary>
    public ITap? Tap { get; init; }
}
