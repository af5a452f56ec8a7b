using TorchSharp;

namespace Castalia.Models;

/// <summary>
/// The list of an architecture's tensors as it is put together: an architecture names everything that its models can have, and what a
/// configuration has not is left out.
/// </summary>
/// <param name="config">The model.</param>
internal sealed class HuggingFaceParameters(TransformerConfig config)
{
    private readonly Dictionary<string, ParameterSpec> _canonical = ParameterNames.Of(config).ToDictionary(spec => spec.Name, StringComparer.Ordinal);
    private readonly List<HuggingFaceParameter> _all = [];

    /// <summary>Everything added so far.</summary>
    public IReadOnlyList<HuggingFaceParameter> All => _all;

    /// <summary>A tensor that is the canonical one.</summary>
    public void Add(string name, string canonical)
    {
        if (_canonical.TryGetValue(canonical, out ParameterSpec? spec))
            _all.Add(new(name, spec.Shape, canonical));
    }

    /// <summary>A norm's or a projection's <c>weight</c> and <c>bias</c>.</summary>
    public void Pair(string name, string weight, string bias)
    {
        Add(name + ".weight", weight);
        Add(name + ".bias", bias);
    }

    /// <summary>A projection whose matrix is stored [in, out] (GPT-2's Conv1D).</summary>
    public void TransposedPair(string name, string weight, string bias)
    {
        if (_canonical.TryGetValue(weight, out ParameterSpec? spec))
            _all.Add(new(name + ".weight", [spec.Shape[1], spec.Shape[0]], weight, whole => whole.t()));
        Add(name + ".bias", bias);
    }

    /// <summary>Queries, keys and values as three projections.</summary>
    public void SplitQkv(string query, string key, string value, int layer)
    {
        int group = config.QueryGroup;
        Part(query, 0, group);
        Part(key, group, 1);
        Part(value, group + 1, 1);

        void Part(string name, int first, int count)
        {
            long rows = (long)config.KeyHeads * count * config.HeadSize;
            if (_canonical.TryGetValue(ParameterNames.QkvWeight(layer), out ParameterSpec? weight))
                _all.Add(new(name + ".weight", [rows, weight.Shape[1]], weight.Name, whole => Groups(whole).narrow(1, first, count)));
            if (_canonical.TryGetValue(ParameterNames.QkvBias(layer), out ParameterSpec? bias))
                _all.Add(new(name + ".bias", [rows], bias.Name, whole => Groups(whole).narrow(1, first, count)));
        }
    }

    /// <summary>Queries, keys and values of all heads one after the other in one transposed matrix (GPT-2).</summary>
    public void TransposedConcatenatedQkv(string name, int layer)
    {
        if (_canonical.TryGetValue(ParameterNames.QkvWeight(layer), out ParameterSpec? weight))
            _all.Add(new(name + ".weight", [weight.Shape[1], weight.Shape[0]], weight.Name, whole => Groups(whole).permute(3, 1, 0, 2)));
        if (_canonical.TryGetValue(ParameterNames.QkvBias(layer), out ParameterSpec? bias))
            _all.Add(new(name + ".bias", bias.Shape, bias.Name, whole => Groups(whole).permute(1, 0, 2)));
    }

    /// <summary>[key heads, queries of a group + 2, head size, ...].</summary>
    private torch.Tensor Groups(torch.Tensor whole) => whole.unflatten(0, config.KeyHeads, config.QueryGroup + 2, config.HeadSize);
}
