namespace Castalia.Models;

/// <summary>How a tensor lies in the ranks of tensor parallelism.</summary>
internal enum RankSplit
{
    /// <summary>Cut along the first axis: matrices whose outputs are divided, their biases, embedding and unembedding.</summary>
    Rows,

    /// <summary>Cut along the second axis: matrices whose inputs are divided.</summary>
    Columns,

    /// <summary>The ranks' tensors add up to it: biases of matrices whose inputs are divided.</summary>
    Sum,

    /// <summary>Every rank has it, and their mean is taken: norms.</summary>
    Mean,

    /// <summary>Every rank has it, and the first one's is taken.</summary>
    First,
}

/// <summary>
/// GPT-NeoX's names. Layer 0 is the embedding, 1 has no parameters, the blocks go from 2 on, then come one without parameters, the norm, and
/// the unembedding; here a layer is told by what it holds.
/// </summary>
internal static class NeoXParameters
{
    /// <summary>The number of the first block's file.</summary>
    public const int FirstBlock = 2;

    // A block's, by the current and the older names and those of TransformerEngine.
    private static readonly (string HuggingFace, RankSplit Split, string[] Names)[] OfBlock =
    [
        ("input_layernorm.weight", RankSplit.Mean, ["input_layernorm.weight"]),
        ("input_layernorm.bias", RankSplit.Mean, ["input_layernorm.bias"]),
        ("attention.query_key_value.weight", RankSplit.Rows, ["attention.query_key_value.weight", "attention.qkv.weight"]),
        ("attention.query_key_value.bias", RankSplit.Rows, ["attention.query_key_value.bias", "attention.qkv.bias"]),
        ("attention.dense.weight", RankSplit.Columns, ["attention.dense.weight", "attention.proj.weight"]),
        ("attention.dense.bias", RankSplit.Sum, ["attention.dense.bias", "attention.proj.bias"]),
        ("post_attention_layernorm.weight", RankSplit.Mean, ["post_attention_layernorm.weight", "mlp.layer_norm_weight"]),
        ("post_attention_layernorm.bias", RankSplit.Mean, ["post_attention_layernorm.bias", "mlp.layer_norm_bias"]),
        ("mlp.dense_h_to_4h.weight", RankSplit.Rows, ["mlp.dense_h_to_4h.weight", "mlp.linear1.weight", "mlp.fc1_weight"]),
        ("mlp.dense_h_to_4h.bias", RankSplit.Rows, ["mlp.dense_h_to_4h.bias", "mlp.linear1.bias", "mlp.fc1_bias"]),
        ("mlp.dense_4h_to_h.weight", RankSplit.Columns, ["mlp.dense_4h_to_h.weight", "mlp.linear2.weight", "mlp.fc2_weight"]),
        ("mlp.dense_4h_to_h.bias", RankSplit.Sum, ["mlp.dense_4h_to_h.bias", "mlp.linear2.bias", "mlp.fc2_bias"]),
    ];

    private static readonly (string HuggingFace, RankSplit Split, string Name)[] OfModel =
    [
        ("gpt_neox.embed_in.weight", RankSplit.Rows, "word_embeddings.weight"),
        ("gpt_neox.final_layer_norm.weight", RankSplit.Mean, "norm.weight"),
        ("gpt_neox.final_layer_norm.bias", RankSplit.Mean, "norm.bias"),
        ("embed_out.weight", RankSplit.Rows, "final_linear.weight"),
    ];

    private static readonly Dictionary<string, (string HuggingFace, RankSplit Split)> ByName =
        OfBlock.SelectMany(row => row.Names.Select(name => KeyValuePair.Create(name, (row.HuggingFace, row.Split)))).ToDictionary(StringComparer.Ordinal);

    /// <summary>HF's name of a tensor in a layer's file, and how it is split. What is not known keeps its name under the block's.</summary>
    public static (string HuggingFace, RankSplit Split) Of(int layer, string name)
    {
        foreach ((string huggingFace, RankSplit split, string own) in OfModel)
        {
            if (own == name)
                return (huggingFace, split);
        }
        (string inBlock, RankSplit inBlockSplit) = ByName.GetValueOrDefault(name, (name, RankSplit.First));
        return ($"gpt_neox.layers.{layer - FirstBlock}.{inBlock}", inBlockSplit);
    }

    /// <summary>All tensors of a model as it is written: the file's number, the name in it by the older names that every version reads, HF's, and the split.</summary>
    public static IEnumerable<(int Layer, string Name, string HuggingFace, RankSplit Split)> All(int blocks)
    {
        yield return (0, OfModel[0].Name, OfModel[0].HuggingFace, OfModel[0].Split);
        for (int block = 0; block < blocks; block++)
        {
            foreach ((string huggingFace, RankSplit split, string[] names) in OfBlock)
                yield return (FirstBlock + block, names[0], $"gpt_neox.layers.{block}.{huggingFace}", split);
        }
        foreach ((string huggingFace, RankSplit split, string name) in OfModel.Skip(1))
            yield return (FirstBlock + blocks + (name == "final_linear.weight" ? 2 : 1), name, huggingFace, split);
    }
}
