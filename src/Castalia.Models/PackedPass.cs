using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models;

/// <summary>A forward pass over the packed tokens of a tree, checked.</summary>
internal sealed class PackedPass
{
    private readonly SequencePath _path;
    private readonly TokenRun[] _runs;
    private readonly int[]? _wanted;
    private readonly int _layers, _end;

    private PackedPass(PackedTree tree, TransformerConfig config, int tokens, Device device, DisposeScope scope)
    {
        (_path, _runs, _wanted, _layers) = (tree.Path, [.. tree.Runs], tree.Wanted is null ? null : [.. tree.Wanted], config.Layers);
        _end = _path.Follow(_runs);
        Positions = Math.Max(1, _runs.Length == 0 ? 0 : _runs.Max(run => run.End));
        if (_runs.Sum(run => (long)run.Length) > tokens)
            throw new ArgumentException($"The runs of a packed tree have {_runs.Sum(run => (long)run.Length)} tokens; there are {tokens}.");
        var positions = new long[tokens];
        int first = 0;
        foreach (TokenRun run in _runs)
        {
            for (int i = 0; i < run.Length; i++)
                positions[first++] = run.Start + i;
        }
        TokenPositions = Kept(tensor(positions, [1, tokens], device: device));
        if (_wanted is not null)
            WantedRows = Kept(tensor(Array.ConvertAll(_wanted, token => (long)token), device: device));

        Tensor Kept(Tensor made)
        {
            scope.Attach(made.DetachFromDisposeScope());
            return made;
        }
    }

    /// <summary>The pass of the options' tree, where they have one.</summary>
    /// <exception cref="ArgumentException">The tree does not fit the tokens or its path, or stands beside what it does not go with.</exception>
    public static PackedPass? Of(ForwardOptions? options, TransformerConfig config, int batch, int tokens, Device device, DisposeScope scope)
    {
        if (options?.Tree is not { } tree)
            return null;
        if (batch != 1 || options.Cache is not null || options.AttentionMask is not null || options.Slots is not null || options.Lengths is not null || options.Tap is not null)
            throw new ArgumentException("A packed tree is one row of tokens, without a key-value cache, a mask or a tap.");
        if (tree.Wanted is { Count: 0 })
            throw new ArgumentException("Of a packed tree at least one token is asked for.");
        return new PackedPass(tree, config, tokens, device, scope);
    }

    /// <summary>How many positions the runs reach to.</summary>
    public int Positions { get; }

    /// <summary>Where each token stands on its path, int64 [1, tokens]; 0 for padding.</summary>
    public Tensor TokenPositions { get; }

    /// <summary>The length that dynamic rotary scaling goes by; 0 where it leaves the frequencies as they are.</summary>
    public int RotaryLength => _path.RotaryLength ?? 0;

    /// <summary>The wanted tokens, int64 [wanted]; null for all.</summary>
    private Tensor? WantedRows { get; }

    /// <summary>
    /// What a layer's attention comes to, [1, tokens, heads · head size]; of the last layer only the wanted tokens'.
    /// </summary>
    public Tensor Attend(int layer, Tensor qkv, int heads, RotaryTable? rotary, AttentionScoring scoring) =>
        PathAttention.FromFusedProjection(qkv, heads, _path.Of(layer), _runs, rotary, scoring, IsLast(layer) ? _wanted : null);

    /// <summary>Those of a layer's tokens that go on from its attention: all of them, but of the last layer the wanted ones. [1, tokens, ...]</summary>
    public Tensor Keep(int layer, Tensor values) => IsLast(layer) && WantedRows is { } rows ? values.index_select(1, rows) : values;

    /// <summary>Moves the path to where the walk stands after the pass.</summary>
    public void Advance() => _path.Advance(_end);

    private bool IsLast(int layer) => layer == _layers - 1;
}
