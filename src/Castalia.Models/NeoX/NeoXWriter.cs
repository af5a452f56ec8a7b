using System.Globalization;
using Castalia.Formats;
using Castalia.Models.Architectures;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>Writes the files of a GPT-NeoX checkpoint, one a layer and rank.</summary>
/// <param name="config">The model.</param>
/// <param name="typeOf">The type of a tensor.</param>
/// <param name="make">Makes a tensor, in HF's layout.</param>
/// <param name="folder">The step's folder.</param>
/// <param name="ranks">Over how many ranks of tensor parallelism the model is divided.</param>
internal sealed class NeoXWriter(
    TransformerConfig config, Func<HuggingFaceParameter, torch.ScalarType> typeOf, Func<HuggingFaceParameter, torch.Tensor> make, string folder, int ranks)
{
    /// <summary>Writes them.</summary>
    public void Write(long step, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        Dictionary<string, HuggingFaceParameter> parameters =
            KnownArchitectures.Of(config).Parameters(config).ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
        int done = 0;
        foreach (var layer in NeoXParameters.All(config.Layers).GroupBy(tensor => tensor.Layer))
        {
            // A model without biases in attention, or with a tied embedding, has not all of them.
            (string Name, HuggingFaceParameter Parameter, RankSplit Split)[] tensors =
                [.. layer.Where(tensor => parameters.ContainsKey(tensor.HuggingFace)).Select(tensor => (tensor.Name, parameters[tensor.HuggingFace], tensor.Split))];
            for (int rank = 0; rank < ranks && tensors.Length > 0; rank++)
            {
                int own = rank;
                PytorchWriter.Write(
                    Path.Combine(folder, NeoXFolder.LayerFile(layer.Key, rank)),
                    [.. tensors.Select(tensor => Source(tensor.Name, tensor.Parameter, tensor.Split, own))], null, cancellation);
            }
            progress?.Report(new WorkProgress("write " + NeoXFolder.StepFolder(step), done += tensors.Length, parameters.Count, "tensors"));
        }
        for (int rank = 0; rank < ranks; rank++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"mp_rank_{rank:00}_model_states.pt");
            PytorchWriter.Write(Path.Combine(folder, name), State(step), null, cancellation);
        }
    }

    private SafetensorsSource Source(string name, HuggingFaceParameter parameter, RankSplit split, int rank)
    {
        long[] shape = [.. parameter.Shape];
        int axis = split switch { RankSplit.Rows => 0, RankSplit.Columns => 1, _ => -1 };
        if (axis >= 0)
            shape[axis] /= ranks;
        return TensorFiles.Source(name, typeOf(parameter), shape, () =>
        {
            using torch.Tensor whole = make(parameter);
            if (axis >= 0)
                return whole.narrow(axis, rank * shape[axis], shape[axis]);
            // Each rank has its share, as GPT-NeoX's own conversion (convert_hf_to_sequential.py) gives it.
            return split == RankSplit.Sum && ranks > 1 ? whole.div(ranks) : whole.alias();
        });
    }

    // What DeepSpeed keeps beside the layers, as far as a model without optimizer has it.
    private List<KeyValuePair<string, object?>> State(long step) =>
    [
        new("module", null), new("optimizer", null), new("lr_scheduler", null), new("skipped_steps", 0), new("global_steps", step), new("global_samples", 0),
        new("dp_world_size", 1), new("mp_world_size", ranks), new("iteration", step),
        new("args", new List<KeyValuePair<string, object?>>
        {
            new("num_layers", config.Layers), new("hidden_size", config.HiddenSize), new("num_attention_heads", config.Heads),
            new("max_position_embeddings", config.MaxPositions), new("make_vocab_size_divisible_by", config.VocabularySize / ranks),
            new("padded_vocab_size", config.VocabularySize), new("model_parallel_size", ranks),
        }),
    ];
}
