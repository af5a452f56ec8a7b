using Castalia.Formats;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>Tensors out of files that <c>torch.save</c> wrote.</summary>
public static unsafe class PytorchTensors
{
    /// <summary>Copies one tensor out of an open file, contiguous whatever strides it has there. The caller disposes of it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">What to call the tensor in messages.</param>
    /// <param name="tensor">A tensor of the file.</param>
    /// <exception cref="InputException">It has a type that libtorch lacks.</exception>
    public static Tensor Read(PytorchFile file, string name, PytorchTensor tensor)
    {
        Libtorch.Initialize();
        Tensor copy = empty([.. tensor.Shape], dtype: TensorFiles.TypeOf(file.Path, name, tensor.DType));
        file.CopyTo(tensor, Aten.Pointer(copy));
        return copy;
    }

    /// <summary>Reads all tensors of a file, by the names of <see cref="PytorchFile.Tensors"/>; those that share a storage there do not here. The caller disposes of them.</summary>
    /// <exception cref="InputException">The file is missing, is not a sound PyTorch file, or has a tensor of a type that libtorch lacks.</exception>
    public static IReadOnlyDictionary<string, Tensor> Load(string path)
    {
        using PytorchFile file = PytorchFile.Open(path);
        Dictionary<string, Tensor> tensors = new(StringComparer.Ordinal);
        foreach ((string name, PytorchTensor tensor) in file.Tensors)
            tensors.Add(name, Read(file, name, tensor));
        return tensors;
    }
}
