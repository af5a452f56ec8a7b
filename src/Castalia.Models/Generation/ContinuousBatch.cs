using System.Runtime.InteropServices;
using Castalia.Models.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models;

/// <summary>
/// Sequences that are continued together, a token each a step, and that come and go at any time. Prompts are read in passes of bounded size
/// between the others' tokens. The room for all keys and values is taken once.
/// </summary>
/// <remarks>
/// What a sequence becomes follows from its prompt, options and stream alone. The sequences beside it enter only through the rounding of
/// matrix products, which may sum in another order for another number of rows: logits are equal within rounding, so tokens are equal
/// unless two scores, or a draw and a border between tokens, are as near to each other as that. For one thread at a time.
/// </remarks>
public sealed class ContinuousBatch : IDisposable
{
    private readonly Transformer _model;
    private readonly KeyValueCache _cache;
    private readonly SamplingRoom _room = new();
    private readonly List<BatchSequence> _live = []; // the sequence at i has slot i: first those that have begun, then those whose prompts wait, in turn
    private readonly int[][] _left;                  // the tokens that an ended sequence has left in a free slot, for another to begin with
    private int _begun;
    private int _nextId;

    /// <summary>Takes the room for sequences.</summary>
    /// <param name="model">The model; it is not disposed of.</param>
    /// <param name="slots">How many sequences there are at most at a time.</param>
    /// <param name="capacity">The most tokens of a sequence, prompt and continuation.</param>
    /// <exception cref="ArgumentException">The model has learned positions, and fewer of them than the capacity; or there is not so much memory.</exception>
    public ContinuousBatch(Transformer model, int slots, int capacity)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slots);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        PositionLimit.Require(model.Config, capacity);
        CacheMemory.Require(model.Weights, slots, capacity);
        _model = model;
        Capacity = capacity;
        _cache = new KeyValueCache(model.Weights, slots, capacity);
        _left = [.. Enumerable.Repeat(Array.Empty<int>(), slots)];
    }

    /// <summary>The most tokens of a sequence.</summary>
    public int Capacity { get; }

    /// <summary>How many sequences can still be added.</summary>
    public int FreeSlots => _cache.Slots - _live.Count;

    /// <summary>The most tokens of prompts that one step reads, padding included: a longer prompt takes several steps.</summary>
    public int PromptTokensPerStep { get; init; } = 512;

    /// <summary>
    /// Whether a prompt begins with the keys and values of another sequence, present or ended, that begins with the same tokens, instead of
    /// computing them again. They are the same within rounding.
    /// </summary>
    public bool ReusesPrefixes { get; init; }

    /// <summary>How many tokens of prompts were not computed because another sequence's could be used.</summary>
    public long ReusedTokens { get; private set; }

    /// <summary>Takes a slot for a sequence. Nothing is computed yet.</summary>
    /// <param name="prompt">Its tokens, at least one.</param>
    /// <param name="options">How it is continued. Beams and stop strings are not this type's: <see cref="Generator"/> and <see cref="TextContinuation"/> see to them.</param>
    /// <param name="stream">Which of the sequences with this seed it is: each has draws of its own.</param>
    /// <returns>The sequence's id, which no other one gets.</returns>
    /// <exception cref="ArgumentException">The prompt is empty, too long, or holds what is no token, or an option means nothing.</exception>
    /// <exception cref="InvalidOperationException">No slot is free.</exception>
    public int Add(ReadOnlySpan<int> prompt, GenerationOptions options, long stream = 0)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (options.NumBeams > 1)
            throw new ArgumentException($"{nameof(options.NumBeams)} is {options.NumBeams}; beams are not continued in a batch with others.", nameof(options));
        PromptCheck.Require(prompt, _model.Config, "The prompt");
        if (prompt.Length + 1 > Capacity)
            throw new ArgumentException($"The prompt has {prompt.Length} tokens; there is room for {Capacity}, the continuation's first one included.", nameof(prompt));
        if (FreeSlots == 0)
            throw new InvalidOperationException($"All {_cache.Slots} slots are taken.");
        Begin(_live.Count, prompt[..^1]);
        _live.Add(new BatchSequence(_nextId, prompt, options, StopTokens.Of(options, _model.Config), stream, _room));
        return _nextId++;
    }

    /// <summary>Ends a sequence where it is; its slot is free at once. One that has ended already, or never was, is no error.</summary>
    public void Remove(int sequence)
    {
        int slot = _live.FindIndex(one => one.Id == sequence);
        if (slot >= 0)
            Free(slot);
    }

    /// <summary>Reads a part of the waiting prompts, and continues every sequence that has begun by a token.</summary>
    /// <param name="cancellation">Looked at before anything is computed.</param>
    /// <returns>At most one token a sequence; a sequence whose prompt is not yet read has none.</returns>
    public IReadOnlyList<BatchToken> Step(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        using IDisposable noGradient = no_grad();
        var tokens = new List<BatchToken>(_live.Count);
        int begun = _begun;
        if (begun < _live.Count)
            ReadPrompts(tokens);
        if (begun > 0)
            Continue(begun, tokens);
        foreach (BatchToken token in tokens)
        {
            if (token.Finish is not null)
                Remove(token.Sequence);
        }
        return tokens;
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    /// <summary>One pass over the first waiting prompts: as many whole ones as fit, or a part of the first.</summary>
    private void ReadPrompts(List<BatchToken> tokens)
    {
        int width = Math.Min(Left(_begun), PromptTokensPerStep), rows = 1;
        bool whole = width == Left(_begun);
        while (whole && _begun + rows < _live.Count)
        {
            int wider = Math.Max(width, Left(_begun + rows));
            bool fits = Enumerable.Range(_begun, rows + 1).All(slot => _cache.LengthOf(slot) + wider <= Capacity); // padding takes room too
            if (!fits || (rows + 1) * wider > PromptTokensPerStep)
                break;
            (width, rows) = (wider, rows + 1);
        }
        int[] lengths = [.. Enumerable.Range(_begun, rows).Select(slot => Math.Min(Left(slot), width))];
        long[] ids = new long[rows * width]; // [rows, width], padded on the right
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<int> next = _live[_begun + row].Tokens.Slice(_cache.LengthOf(_begun + row), lengths[row]);
            for (int i = 0; i < next.Length; i++)
                ids[row * width + i] = next[i];
        }
        Pass(ids, _begun, rows, lengths, whole ? tokens : null);
        if (whole)
            _begun += rows;
    }

    /// <summary>One pass over the last tokens of the sequences that had begun.</summary>
    private void Continue(int begun, List<BatchToken> tokens) =>
        Pass([.. _live.Take(begun).Select(sequence => (long)sequence.Tokens[^1])], 0, begun, null, tokens);

    /// <summary>Runs new tokens of neighbouring slots through the model and lets each sequence choose its next one.</summary>
    /// <param name="ids">[rows, width].</param>
    /// <param name="first">The first slot.</param>
    /// <param name="rows">How many slots.</param>
    /// <param name="lengths">How many tokens of each row count; null for all.</param>
    /// <param name="tokens">Where the chosen tokens go; null to choose none.</param>
    private void Pass(long[] ids, int first, int rows, int[]? lengths, List<BatchToken>? tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        int width = ids.Length / rows;
        Tensor hidden = _model.Hidden(tensor(ids, device: _model.Weights.Device).view(rows, width), new ForwardOptions
        {
            Cache = _cache,
            Slots = [.. Enumerable.Range(first, rows)],
            Lengths = lengths is null || rows == 1 ? null : lengths,
        });                                                                                       // [rows, width, hidden]
        if (tokens is null)
            return;
        Tensor last = lengths is null || rows == 1
            ? hidden.select(1, width - 1)
            : stack(lengths.Select((length, row) => hidden[row, length - 1]));                    // [rows, hidden]
        Tensor logits = _model.Logits(last).to(ScalarType.Float32).cpu().contiguous();            // [rows, vocabulary]
        Tensor sums = logits.logsumexp(-1).contiguous();                                          // [rows]
        ReadOnlySpan<float> scores = MemoryMarshal.Cast<byte, float>(logits.bytes), logSums = MemoryMarshal.Cast<byte, float>(sums.bytes);
        int vocabulary = scores.Length / rows;
        for (int row = 0; row < rows; row++)
            tokens.Add(_live[first + row].Choose(scores.Slice(row * vocabulary, vocabulary), logSums[row], Capacity, _room));
    }

    /// <summary>Tokens of a waiting prompt that are not in the cache.</summary>
    private int Left(int slot) => _live[slot].Tokens.Length - _cache.LengthOf(slot);

    /// <summary>Empties a free slot, but for what it or another slot has of the beginning that is wanted.</summary>
    private void Begin(int slot, ReadOnlySpan<int> wanted)
    {
        (int common, int from) = (0, slot);
        // Under dynamic scaling keys are turned by the length that their sequence had: another one's are not the same.
        bool reuses = ReusesPrefixes && _model.Config.Position is not RotaryPositions { Scaling: DynamicRotaryScaling };
        for (int other = 0; other < _cache.Slots && reuses; other++)
        {
            if (wanted.CommonPrefixLength(Cached(other)) is int length && length > common)
                (common, from) = (length, other);
        }
        if (from == slot)
            _cache.Truncate(slot, common);
        else
            _cache.Copy(from, slot, common);
        _left[slot] = [];
        ReusedTokens += common;
    }

    /// <summary>The tokens whose keys and values a slot holds.</summary>
    private ReadOnlySpan<int> Cached(int slot) => slot < _live.Count ? _live[slot].Tokens[.._cache.LengthOf(slot)] : _left[slot];

    /// <summary>Takes a sequence out, so that the others stay neighbours: in its slot comes the last that has begun, and the waiting ones move up.</summary>
    private void Free(int slot)
    {
        int last = _live.Count - 1;
        _left[last] = ReusesPrefixes && slot == last ? Cached(slot).ToArray() : [];
        if (slot < _begun)
        {
            _begun--;
            Move(_begun, slot);
            slot = _begun;
        }
        for (; slot < last; slot++)
            Move(slot + 1, slot);
        _live.RemoveAt(last);
        _cache.Truncate(last, _left[last].Length);
    }

    private void Move(int from, int to)
    {
        if (from == to)
            return;
        _live[to] = _live[from];
        if (_cache.LengthOf(from) > 0)
            _cache.Copy(from, to);
        else
            _cache.Truncate(to, 0);
    }
}
