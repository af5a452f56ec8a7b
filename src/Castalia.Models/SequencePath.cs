using Castalia.Tensors;

namespace Castalia.Models;

/// <summary>The keys and values of all layers along one path through a tree of sequences: all that a depth-first walk through it has to keep.</summary>
public sealed class SequencePath : IDisposable
{
    private readonly PathStore[] _stores;

    /// <summary>Takes the room.</summary>
    /// <param name="config">The model that will fill it.</param>
    /// <param name="capacity">The most tokens of a path.</param>
    public SequencePath(TransformerConfig config, int capacity)
    {
        ArgumentNullException.ThrowIfNull(config);
        Capacity = capacity;
        _stores = [.. Enumerable.Range(0, config.Layers).Select(_ => new PathStore(config.KeyHeads, config.HeadSize, capacity))];
    }

    /// <summary>The most tokens of a path.</summary>
    public int Capacity { get; }

    /// <summary>How many tokens the path has.</summary>
    public int Length { get; private set; }

    /// <summary>
    /// The length of sequence that dynamic rotary scaling goes by, the same for all sequences of the tree; null where none of them is longer than the
    /// model was trained for.
    /// </summary>
    public int? RotaryLength { get; init; }

    /// <summary>Bytes that a token of the path takes.</summary>
    public static long BytesPerToken(TransformerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Layers * PathStore.BytesPerToken(config.KeyHeads, config.HeadSize);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PathStore store in _stores)
            store.Dispose();
    }

    internal PathStore Of(int layer) => _stores[layer];

    /// <summary>Refuses runs that do not go on from the path; returns where they leave it.</summary>
    internal int Follow(IReadOnlyList<TokenRun> runs)
    {
        int length = Length;
        foreach (TokenRun run in runs)
        {
            if (run.Start < 0 || run.Start > length || run.Length < 1 || run.Length > Capacity - run.Start)
            {
                throw new ArgumentException(
                    $"A run of {run.Length} tokens from position {run.Start} on does not go on from a path of {length} tokens with room for {Capacity}.");
            }
            length = run.End;
        }
        return length;
    }

    /// <summary>The path after a whole pass has gone over it.</summary>
    internal void Advance(int length) => Length = length;
}
