using Castalia.Formats;
using TorchSharp;

namespace Castalia.Models;

/// <summary>A tensor in a model's files: what is known before it is read.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="File">The file that holds it.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">The lengths of its axes.</param>
public sealed record StoredTensor(string Name, string File, SafetensorsDType DType, long[] Shape);

/// <summary>The files of a model as one set of named tensors, of which one at a time is in memory.</summary>
public interface ITensorSource : IDisposable
{
    /// <summary>The file or folder that says which tensors there are, for messages.</summary>
    string Listing { get; }

    /// <summary>All tensors by name.</summary>
    IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Reads one tensor in its own type. The caller disposes of it.</summary>
    /// <param name="name">A name of <see cref="Tensors"/>.</param>
    /// <exception cref="InputException">It is damaged, or of a type that libtorch lacks.</exception>
    torch.Tensor Read(string name);
}

/// <summary>Opens weights, whatever they are kept in.</summary>
public static class TensorSource
{
    /// <summary>Opens the files of a model's folder (safetensors before PyTorch's own, those before GPT-NeoX's), or one file.</summary>
    /// <exception cref="InputException">There are none, they do not agree with one another, or one is damaged.</exception>
    public static ITensorSource Open(string path)
    {
        if (Gguf.GgufModelFile.Recognises(path))
            return Gguf.GgufModelFile.Open(path);
        if (File.Exists(path))
            return PytorchFile.Begins(path) ? PytorchModelFiles.OpenFile(path) : SafetensorsModelFiles.OpenFile(path);
        return SafetensorsModelFiles.TryOpen(path) ?? PytorchModelFiles.TryOpen(path) ?? NeoXTensors.TryOpen(path)
            ?? throw new InputException(
                path, null, $"it holds neither {string.Join(" nor ", Names)}, nor the layers of a GPT-NeoX checkpoint.", "Point at a folder with a model in HF's or GPT-NeoX's layout.");
    }

    /// <summary>Whether a folder holds weights by their usual names; looks at names only.</summary>
    public static bool HasWeights(string folder) => Names.Any(name => File.Exists(Path.Combine(folder, name))) || NeoXFolder.Find(folder) is not null;

    private static IEnumerable<string> Names => SafetensorsModelFiles.Names.Concat(PytorchModelFiles.Names);
}
