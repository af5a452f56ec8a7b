using TorchSharp;
using static Castalia.Models.ParameterNames;

namespace Castalia.Models.Gguf;

/// <summary>
/// The tensors of a GGUF file as parts of the canonical parameters. All of llama.cpp's names are written down once; what a model has not is
/// left out. The order of elements differs from the canonical one in queries, keys and values only.
/// </summary>
internal sealed class GgufTensorList
{
    private readonly TransformerConfig _config;
    private readonly Dictionary<string, ParameterSpec> _canonical;
    private readonly List<HuggingFaceParameter> _all = [];

    private GgufTensorList(TransformerConfig config) =>
        (_config, _canonical) = (config, Of(config).ToDictionary(spec => spec.Name, StringComparer.Ordinal));

    /// <summary>All tensors that hold parameters, in the order in which they are written.</summary>
    public static IReadOnlyList<HuggingFaceParameter> Parameters(TransformerConfig config, GgufArchitecture architecture)
    {
        var list = new GgufTensorList(config);
        list.Add("token_embd.weight", Embedding);
        list.Add("position_embd.weight", PositionEmbedding);
        list.Pair("token_embd_norm", EmbeddingNormWeight, EmbeddingNormBias);
        list.Pair("output_norm", FinalNormWeight, FinalNormBias);
        list.Add("output.weight", config.TiedEmbeddings && architecture.NeedsUnembedding ? Embedding : Unembedding);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string at = $"blk.{layer}.";
            list.Pair(at + "attn_norm", InputNormWeight(layer), InputNormBias(layer));
            if (architecture.SplitsQkv)
                list.SplitQkv(at, layer);
            else
                list.ConcatenatedQkv(at + "attn_qkv", layer);
            list.Pair(at + "attn_output", AttentionOutputWeight(layer), AttentionOutputBias(layer));
            list.Pair(at + "ffn_norm", MlpNormWeight(layer), MlpNormBias(layer));
            list.Pair(at + "ffn_gate", MlpGateWeight(layer), MlpGateBias(layer));
            list.Pair(at + "ffn_up", MlpUpWeight(layer), MlpUpBias(layer));
            list.Pair(at + "ffn_down", MlpDownWeight(layer), MlpDownBias(layer));
        }
        return list._all;
    }

    private void Pair(string name, string weight, string bias)
    {
        Add(name + ".weight", weight);
        Add(name + ".bias", bias);
    }

    private void Add(string name, string canonical, Func<torch.Tensor, torch.Tensor>? view = null)
    {
        if (_canonical.TryGetValue(canonical, out ParameterSpec? spec))
            _all.Add(new(name, spec.Shape, canonical, view));
    }

    /// <summary>The queries of all heads, then their keys, then their values.</summary>
    private void ConcatenatedQkv(string name, int layer)
    {
        Add(name + ".weight", QkvWeight(layer), whole => Groups(whole).permute(1, 0, 2, 3));
        Add(name + ".bias", QkvBias(layer), whole => Groups(whole).permute(1, 0, 2));
    }

    private void SplitQkv(string at, int layer)
    {
        Part("attn_q", 0, _config.QueryGroup, paired: true);
        Part("attn_k", _config.QueryGroup, 1, paired: true);
        Part("attn_v", _config.QueryGroup + 1, 1, paired: false);

        void Part(string name, int first, int count, bool paired)
        {
            long rows = (long)_config.KeyHeads * count * _config.HeadSize;
            if (_canonical.TryGetValue(QkvWeight(layer), out ParameterSpec? weight))
                _all.Add(new($"{at}{name}.weight", [rows, weight.Shape[1]], weight.Name, View));
            if (_canonical.TryGetValue(QkvBias(layer), out ParameterSpec? bias))
                _all.Add(new($"{at}{name}.bias", [rows], bias.Name, View));

            // [key heads, queries of a group, head size, ...]. llama.cpp turns neighbouring dimensions together, the canonical order has k beside k + half.
            torch.Tensor View(torch.Tensor whole)
            {
                torch.Tensor part = Groups(whole).narrow(1, first, count);
                return paired ? part.unflatten(2, 2, _config.HeadSize / 2).transpose(2, 3) : part;
            }
        }
    }

    /// <summary>[key heads, queries of a group + 2, head size, ...].</summary>
    private torch.Tensor Groups(torch.Tensor whole) => whole.unflatten(0, _config.KeyHeads, _config.QueryGroup + 2, _config.HeadSize);
}
