using Castalia.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Castalia.Bench.Plain;

/// <summary>
/// GPT-NeoX as a PyTorch user writes it: modules, eager operations, torch's own attention, loss and optimizer. In bf16 it does what
/// <c>torch.autocast</c> would: weights stay fp32, products and attention run on bf16 copies, norms and residual stream in fp32.
/// </summary>
internal sealed class PlainNeoX : nn.Module<Tensor, Tensor>
{
    private readonly Embedding _embedding;
    private readonly PlainBlock[] _blocks;
    private readonly TorchSharp.Modules.LayerNorm _finalNorm;
    private readonly Linear _head;
    private readonly ScalarType _compute;

    public PlainNeoX(TransformerConfig config, ScalarType compute) : base(nameof(PlainNeoX))
    {
        _compute = compute;
        _embedding = nn.Embedding(config.VocabularySize, config.HiddenSize);
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(_ => new PlainBlock(config, compute))];
        _finalNorm = nn.LayerNorm(config.HiddenSize);
        _head = nn.Linear(config.HiddenSize, config.VocabularySize, hasBias: false);
        register_module("embedding", _embedding);
        register_module("blocks", nn.ModuleList(_blocks));
        register_module("final_norm", _finalNorm);
        register_module("head", _head);
    }

    /// <summary>Keys and values of the tokens before, in a list that a pass exchanges for longer ones; null for a pass of its own.</summary>
    public List<(Tensor Key, Tensor Value)>? Cache
    {
        set
        {
            for (int layer = 0; layer < _blocks.Length; layer++)
                _blocks[layer].SetCache(value, layer);
        }
    }

    public override Tensor forward(Tensor tokens) // [batch, sequence] -> [batch, sequence, vocabulary]
    {
        using var scope = NewDisposeScope();
        Tensor x = _embedding.call(tokens);
        foreach (PlainBlock block in _blocks)
            x = block.call(x);
        return Cast.Linear(_head, _finalNorm.call(x), _compute).MoveToOuterDisposeScope();
    }

    /// <summary>Copies weights of ours, so that both sides start from the same.</summary>
    public void Load(TransformerWeights weights)
    {
        using IDisposable noGrad = no_grad();
        _embedding.weight!.copy_(weights.Embedding);
        _head.weight.copy_(weights.Unembedding);
        _finalNorm.weight!.copy_(weights.FinalNorm!.Weight!);
        _finalNorm.bias!.copy_(weights.FinalNorm!.Bias!);
        for (int layer = 0; layer < _blocks.Length; layer++)
            _blocks[layer].Load(weights.Layers[layer]);
    }
}

/// <summary>One block with parallel residual.</summary>
internal sealed class PlainBlock : nn.Module<Tensor, Tensor>
{
    private readonly TorchSharp.Modules.LayerNorm _inputNorm;
    private readonly TorchSharp.Modules.LayerNorm _mlpNorm;
    private readonly Linear _qkv;
    private readonly Linear _dense;
    private readonly Linear _up;
    private readonly Linear _down;
    private readonly int _heads;
    private readonly int _rotary;
    private readonly ScalarType _compute;
    private List<(Tensor Key, Tensor Value)>? _cache;
    private int _layer;

    public PlainBlock(TransformerConfig config, ScalarType compute) : base(nameof(PlainBlock))
    {
        _heads = config.Heads;
        _rotary = config.HeadSize / 4;
        _compute = compute;
        _inputNorm = nn.LayerNorm(config.HiddenSize);
        _mlpNorm = nn.LayerNorm(config.HiddenSize);
        _qkv = nn.Linear(config.HiddenSize, 3 * config.HiddenSize);
        _dense = nn.Linear(config.HiddenSize, config.HiddenSize);
        _up = nn.Linear(config.HiddenSize, config.IntermediateSize);
        _down = nn.Linear(config.IntermediateSize, config.HiddenSize);
        Tensor frequencies = pow(10_000f, arange(0, _rotary, 2, ScalarType.Float32) / -_rotary);
        Tensor angles = outer(arange(config.MaxPositions, ScalarType.Float32), frequencies);
        angles = cat([angles, angles], -1);
        register_buffer("cosines", angles.cos()); // [positions, rotary]
        register_buffer("sines", angles.sin());
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) // [batch, sequence, width]
    {
        using var scope = NewDisposeScope();
        long batch = x.shape[0], sequence = x.shape[1], width = x.shape[2];
        Tensor qkv = Cast.Linear(_qkv, _inputNorm.call(x), _compute).view(batch, sequence, _heads, -1).transpose(1, 2);
        Tensor[] parts = qkv.chunk(3, -1); // [batch, heads, sequence, head size]
        long past = _cache?.Count > _layer ? _cache[_layer].Key.shape[2] : 0;
        Tensor query = Rotate(parts[0], past, sequence);
        Tensor key = Rotate(parts[1], past, sequence);
        Tensor value = parts[2];
        if (_cache is not null)
            (key, value) = Append(key, value);
        Tensor attention = F.scaled_dot_product_attention(query.to(_compute), key.to(_compute), value.to(_compute), is_casual: past == 0);
        attention = Cast.Linear(_dense, attention.transpose(1, 2).reshape(batch, sequence, width), _compute);
        Tensor inner = F.gelu(Cast.Linear(_up, _mlpNorm.call(x), _compute), GELU.Approximate.tanh);
        Tensor mlp = Cast.Linear(_down, inner, _compute);
        return (x + attention + mlp).MoveToOuterDisposeScope();
    }

    public void SetCache(List<(Tensor Key, Tensor Value)>? cache, int layer) => (_cache, _layer) = (cache, layer);

    public void Load(LayerWeights weights)
    {
        Copy(_inputNorm.weight!, weights.InputNorm.Weight!);
        Copy(_inputNorm.bias!, weights.InputNorm.Bias!);
        Copy(_mlpNorm.weight!, weights.MlpNorm.Weight!);
        Copy(_mlpNorm.bias!, weights.MlpNorm.Bias!);
        Copy(_qkv, weights.Qkv);
        Copy(_dense, weights.AttentionOutput);
        Copy(_up, weights.MlpUp);
        Copy(_down, weights.MlpDown);
    }

    // What transformers' DynamicCache does: the new ones are joined to the old ones.
    private (Tensor Key, Tensor Value) Append(Tensor key, Tensor value)
    {
        if (_cache!.Count == _layer)
        {
            _cache.Add((key.DetachFromDisposeScope(), value.contiguous().DetachFromDisposeScope()));
            return _cache[_layer];
        }
        (Tensor oldKey, Tensor oldValue) = _cache[_layer];
        _cache[_layer] = (cat([oldKey, key], 2).DetachFromDisposeScope(), cat([oldValue, value], 2).DetachFromDisposeScope());
        oldKey.Dispose();
        oldValue.Dispose();
        return _cache[_layer];
    }

    private Tensor Rotate(Tensor x, long past, long sequence)
    {
        Tensor turned = x.narrow(-1, 0, _rotary);
        Tensor rest = x.narrow(-1, _rotary, x.shape[^1] - _rotary);
        Tensor[] halves = turned.chunk(2, -1);
        Tensor across = cat([-halves[1], halves[0]], -1);
        Tensor cosines = get_buffer("cosines")!.narrow(0, past, sequence), sines = get_buffer("sines")!.narrow(0, past, sequence);
        return cat([turned * cosines + across * sines, rest], -1);
    }

    private static void Copy(Linear target, LinearWeights source)
    {
        Copy(target.weight, source.Weight);
        Copy(target.bias!, source.Bias!);
    }

    private static void Copy(Tensor target, Tensor source) => target.copy_(source);
}

/// <summary>What autocast does to a linear layer.</summary>
internal static class Cast
{
    public static Tensor Linear(Linear layer, Tensor x, ScalarType compute) =>
        compute == ScalarType.Float32
            ? layer.call(x)
            : F.linear(x.to(compute), layer.weight.to(compute), layer.bias?.to(compute));
}
