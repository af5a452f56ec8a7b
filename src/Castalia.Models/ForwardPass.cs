using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models;

/// <summary>One forward pass: what it was given, checked, and what all its layers share. Made and used within one dispose scope.</summary>
internal sealed class ForwardPass
{
    private readonly TransformerConfig _config;
    private readonly Device _device;
    private readonly Tensor? _attentionMask; // [batch, keys], true where a token counts
    private readonly ITap? _tap;
    private readonly DisposeScope _scope;
    private readonly Dictionary<int, Tensor?> _allowed = [];
    private RotaryTable[]? _tables;
    private Tensor? _distance;

    /// <summary>Checks the tokens against the options and the model.</summary>
    /// <param name="inputIds">[batch, sequence].</param>
    /// <param name="options">What the caller gave.</param>
    /// <param name="config">The model.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="scope">What lives as long as the pass belongs to it.</param>
    /// <exception cref="ArgumentException">Something does not fit; the message says what.</exception>
    public ForwardPass(Tensor inputIds, ForwardOptions? options, TransformerConfig config, Device device, DisposeScope scope)
    {
        if (inputIds.dim() != 2 || inputIds.shape[1] == 0)
            throw new ArgumentException($"Token ids of shape [{string.Join(", ", inputIds.shape)}]; expected [batch, sequence].", nameof(inputIds));
        (_config, _device, _tap, _scope) = (config, device, options?.Tap, scope);
        (Batch, Sequence) = (checked((int)inputIds.shape[0]), checked((int)inputIds.shape[1]));
        Tree = PackedPass.Of(options, config, Batch, Sequence, device, scope);
        Cache = options?.Cache;
        Slots = [.. options?.Slots ?? Enumerable.Range(0, Cache?.Slots ?? Batch)];
        Lengths = options?.Lengths;
        if (Slots.Length != Batch)
            throw new ArgumentException($"{Batch} rows of tokens for {Slots.Length} sequences of the key-value cache.");
        if (Lengths is not null && (Cache is null || Lengths.Count != Batch || Lengths.Any(length => length < 1 || length > Sequence)))
            throw new ArgumentException($"Lengths are given with a cache, one a row, from 1 to {Sequence}.");
        Cache?.Require(Slots, Sequence);
        Starts = Array.ConvertAll(Slots, slot => Cache?.LengthOf(slot) ?? 0);
        Keys = Tree?.Positions ?? Starts.Max() + Sequence;
        Uniform = Starts.All(start => start == Starts[0]);
        _attentionMask = Mask(options?.AttentionMask);
        if (config.Position is LearnedPositions && Keys > config.MaxPositions)
        {
            throw new ArgumentException(
                $"The sequence has {Keys} tokens, and the model has learned {config.MaxPositions} positions: it cannot read further.", nameof(inputIds));
        }
    }

    /// <summary>Rows.</summary>
    public int Batch { get; }

    /// <summary>Tokens of a row.</summary>
    public int Sequence { get; }

    /// <summary>Tokens of the longest sequence, cached ones included.</summary>
    public int Keys { get; }

    /// <summary>The tree whose packed tokens these are; null for rows of tokens.</summary>
    public PackedPass? Tree { get; }

    /// <summary>What the rows continue; null for nothing.</summary>
    public KeyValueCache? Cache { get; }

    /// <summary>The cache's sequence of each row.</summary>
    public int[] Slots { get; }

    /// <summary>How many tokens each row's sequence has already.</summary>
    public int[] Starts { get; }

    /// <summary>How many tokens of each row count; null for all.</summary>
    public IReadOnlyList<int>? Lengths { get; }

    /// <summary>Whether all rows begin at the same position.</summary>
    public bool Uniform { get; }

    /// <summary>Whether every row begins its sequence and nothing is padded on the left: plain causality over the row itself.</summary>
    public bool FromStart => _attentionMask is null && Uniform && Starts[0] == 0;

    /// <summary>Whether something is padded on the left.</summary>
    public bool Masked => _attentionMask is not null;

    /// <summary>The angles for a pass in which <see cref="FromStart"/> or <see cref="OneRotation"/> holds; null where positions enter otherwise.</summary>
    public RotaryTable? Rotary(RotaryAngles? angles) => angles is null ? null : Tables(angles)[0];

    /// <summary>Whether one table, <see cref="Rotary"/>'s, holds the angles of all rows.</summary>
    public bool OneRotation(RotaryAngles? angles) => angles is null || Tables(angles).Length == 1;

    /// <summary>Turns the heads of queries or keys by their positions, [batch, heads, sequence, head size].</summary>
    public Tensor Turn(Tensor heads, RotaryAngles? angles)
    {
        if (angles is null)
            return heads;
        RotaryTable[] tables = Tables(angles);
        return tables.Length == 1
            ? Tensors.Rotary.Apply(heads, tables[0], Starts)
            : cat([.. tables.Select((table, row) => Tensors.Rotary.Apply(heads.narrow(0, row, 1), table, Starts[row]))]);
    }

    /// <summary>The row of each token in the table of learned positions, int64 [1 or batch, sequence].</summary>
    public Tensor PositionRows(LearnedPositions learned)
    {
        if (Tree is not null)
            return Tree.TokenPositions + learned.Offset;
        if (_attentionMask is not null && learned.SkipsPadding)
        {
            Tensor counts = _attentionMask.to(ScalarType.Int64);
            Tensor positions = counts.cumsum(1) * counts - 1 + learned.Offset;      // [batch, keys]
            return positions.clamp_min(0).narrow(1, Keys - Sequence, Sequence);
        }
        return QueryPositions() + learned.Offset;
    }

    /// <summary>
    /// Which keys a query may see, true where it may, [1 or batch, 1, sequence, keys]; null where it may see all. A query of padding sees
    /// itself, lest its row be empty and not a number.
    /// </summary>
    /// <param name="window">How many keys a query sees at most; null for all before it.</param>
    public Tensor? Allowed(int? window)
    {
        if (!_allowed.TryGetValue(window ?? 0, out Tensor? allowed))
            _allowed.Add(window ?? 0, allowed = Kept(MakeAllowed(window)));
        return allowed;
    }

    /// <summary>The key's position minus the query's, int64 [1 or batch, 1, sequence, keys].</summary>
    public Tensor Distance => _distance ??= Kept(arange(Keys, device: _device) - QueryPositions().view(Uniform ? 1 : Batch, 1, Sequence, 1))!;

    /// <summary>The name of a layer's place if the tap wants it.</summary>
    public string? Wanted(Func<int, string> place, int layer) => _tap is not null && place(layer) is var name && _tap.Wants(name) ? name : null;

    /// <summary>Shows a value to the tap, and goes on with what it gives back.</summary>
    public Tensor At(Func<int, string> place, int layer, Tensor value) => _tap is null ? value : At(place(layer), value);

    /// <inheritdoc cref="At(Func{int, string}, int, Tensor)"/>
    public Tensor At(string place, Tensor value)
    {
        if (_tap is null || !_tap.Wants(place))
            return value;
        Tensor result = _tap.Visit(place, value);
        if (!result.shape.AsSpan().SequenceEqual(value.shape) || result.dtype != value.dtype)
        {
            throw new ArgumentException(
                $"A tap replaced {place}, {value.dtype} [{string.Join(", ", value.shape)}], by {result.dtype} [{string.Join(", ", result.shape)}]; expected the same.");
        }
        return ReferenceEquals(result, value) ? value : result.alias(); // the tap may go on owning what it gave
    }

    /// <summary>One table for all rows, or one a row where dynamic scaling makes them differ.</summary>
    private RotaryTable[] Tables(RotaryAngles angles)
    {
        if (_tables is not null)
            return _tables;
        int? given = Tree is null ? Cache?.RotaryLength : Tree.RotaryLength;
        int[] lengths = given is int length ? [length] : [.. Starts.Select((start, row) => start + (Lengths?[row] ?? Sequence)).Distinct()];
        bool dynamic = _config.Position is RotaryPositions { Scaling: DynamicRotaryScaling };
        return _tables = lengths.Length == 1 || !dynamic
            ? [angles.For(Keys, lengths.Max())]
            : [.. Starts.Select((start, row) => angles.For(start + Sequence, start + (Lengths?[row] ?? Sequence)))];
    }

    /// <summary>[1 or batch, sequence].</summary>
    private Tensor QueryPositions()
    {
        long[] starts = Uniform ? [Starts[0]] : Array.ConvertAll(Starts, start => (long)start);
        return tensor(starts, device: _device).unsqueeze(1) + arange(Sequence, device: _device);
    }

    // What is made inside a block lives until the pass ends.
    private Tensor? Kept(Tensor? made)
    {
        if (made is not null)
            _scope.Attach(made.DetachFromDisposeScope());
        return made;
    }

    private Tensor? MakeAllowed(int? window)
    {
        bool narrow = window < Keys;
        if (_attentionMask is null && Uniform && Sequence == 1 && !narrow)
            return null;
        Tensor allowed = Distance <= 0;
        if (window is int nearest && narrow)
            allowed = allowed.logical_and(Distance > -nearest);
        return _attentionMask is null
            ? allowed
            : allowed.logical_and(_attentionMask.view(Batch, 1, 1, Keys)).logical_or(Distance == 0);
    }

    private Tensor? Mask(Tensor? attentionMask)
    {
        if (attentionMask is null)
            return null;
        if (attentionMask.dim() != 2 || attentionMask.shape[0] != Batch || attentionMask.shape[1] != Keys || !Uniform || Lengths is not null)
        {
            throw new ArgumentException(
                $"An attention mask of shape [{string.Join(", ", attentionMask.shape)}]; expected [{Batch}, {Keys}]: a row a sequence, a column a cached or new token, all sequences of one length.");
        }
        return attentionMask.to(ScalarType.Bool);
    }
}
