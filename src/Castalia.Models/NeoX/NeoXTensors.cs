using Castalia.Formats;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>
/// The layer files of a GPT-NeoX checkpoint as one model's weights by HF's names, put together from the ranks of tensor parallelism as GPT-NeoX's own
/// conversion does (<c>tools/ckpts/convert_neox_to_hf.py</c>): sums and means in the files' own type, rank after rank. It sums biases of models with the
/// sequential residual as well, to which GPT-NeoX itself adds the bias of one rank only.
/// </summary>
internal sealed class NeoXTensors : ITensorSource
{
    private const string Remedy = "Fetch the checkpoint again, whole; files of two checkpoints may have been mixed.";
    private const int MostFiles = 100_000;

    private readonly List<PytorchFile> _files = [];
    private readonly Dictionary<string, (RankSplit Split, (PytorchFile File, string Name)[] Ranks)> _parts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredTensor> _tensors = new(StringComparer.Ordinal);

    private NeoXTensors(string step) => Listing = step;

    /// <inheritdoc/>
    public string Listing { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>Opens a checkpoint, given by its step's folder or by the one with <c>latest</c>; null where there is none.</summary>
    /// <exception cref="InputException">A file is missing or damaged, or the ranks do not agree.</exception>
    public static NeoXTensors? TryOpen(string folder)
    {
        if (NeoXFolder.Find(folder) is not string step)
            return null;
        var tensors = new NeoXTensors(step);
        try
        {
            foreach ((int layer, IReadOnlyList<string> ranks) in NeoXFolder.Layers(step))
                tensors.AddLayer(layer, ranks);
            return tensors;
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public torch.Tensor Read(string name)
    {
        (RankSplit split, (PytorchFile File, string Name)[] ranks) = _parts[name];
        using var scope = torch.NewDisposeScope();
        if (split == RankSplit.First || ranks.Length == 1)
            return Part(0).MoveToOuterDisposeScope();
        if (split is RankSplit.Rows or RankSplit.Columns)
            return torch.cat([.. Enumerable.Range(0, ranks.Length).Select(Part)], split == RankSplit.Rows ? 0 : 1).MoveToOuterDisposeScope();
        torch.Tensor sum = Part(0);
        for (int rank = 1; rank < ranks.Length; rank++)
            sum.add_(Part(rank));
        return (split == RankSplit.Mean ? sum.div_(ranks.Length) : sum).MoveToOuterDisposeScope();

        torch.Tensor Part(int rank) => PytorchTensors.Read(ranks[rank].File, ranks[rank].Name, ranks[rank].File.StateDict[ranks[rank].Name]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PytorchFile file in _files)
            file.Dispose();
    }

    private void AddLayer(int layer, IReadOnlyList<string> paths)
    {
        if (_files.Count + paths.Count > MostFiles)
            throw new InputException(Listing, null, $"the checkpoint has more than {MostFiles} files.", Remedy);
        var ranks = new List<PytorchFile>();
        foreach (string path in paths)
        {
            PytorchFile file = PytorchFile.Open(path);
            _files.Add(file);
            ranks.Add(file);
        }
        foreach ((string name, PytorchTensor first) in ranks[0].StateDict)
        {
            (string huggingFace, RankSplit split) = NeoXParameters.Of(layer, name);
            if (split is RankSplit.Sum or RankSplit.Mean && first.DType is not (SafetensorsDType.F32 or SafetensorsDType.F16 or SafetensorsDType.BF16 or SafetensorsDType.F64))
                throw new InputException(ranks[0].Path, $"tensor {name}", $"expected F32, BF16, F16 or F64, found {first.DType.Name()}.", Remedy);
            foreach (PytorchFile file in ranks)
            {
                if (!file.StateDict.TryGetValue(name, out PytorchTensor? other))
                    throw new InputException(file.Path, $"tensor {name}", "another rank has this tensor, this one has not.", Remedy);
                if (other.DType != first.DType || !other.Shape.SequenceEqual(first.Shape))
                {
                    string one = $"{other.DType.Name()} [{string.Join(", ", other.Shape)}]", another = $"{first.DType.Name()} [{string.Join(", ", first.Shape)}]";
                    throw new InputException(file.Path, $"tensor {name}", $"it is {one}, in another rank {another}.", Remedy);
                }
            }
            long[] shape = Whole(ranks[0].Path, name, [.. first.Shape], split, ranks.Count);
            if (!_tensors.TryAdd(huggingFace, new StoredTensor(huggingFace, ranks[0].Path, first.DType, shape)))
                throw new InputException(ranks[0].Path, $"tensor {name}", "another layer has this tensor as well.", Remedy);
            _parts.Add(huggingFace, (split, [.. ranks.Select(file => (file, name))]));
        }
    }

    private static long[] Whole(string path, string name, long[] shape, RankSplit split, int ranks)
    {
        int axis = split switch { RankSplit.Rows => 0, RankSplit.Columns => 1, _ => -1 };
        if (axis < 0)
            return shape;
        if (axis >= shape.Length)
            throw new InputException(path, $"tensor {name}", $"its shape [{string.Join(", ", shape)}] has no axis along which it could be split over ranks.", Remedy);
        shape[axis] = shape[axis] <= long.MaxValue / ranks ? shape[axis] * ranks
            : throw new InputException(path, $"tensor {name}", "it is longer than any tensor.", Remedy);
        return shape;
    }
}
