namespace Castalia.Formats;

/// <summary>
/// A file that <c>torch.save</c> wrote (<c>pytorch_model.bin</c>, <c>*.pt</c>), as a zip archive or in the form before PyTorch 1.6, read through a
/// memory map. Opening reads the pickle and checks that every tensor lies inside its storage and every storage inside the file; numbers are read
/// when they are asked for. No code in the file is run: it may hold tensors and plain containers, and anything else is refused by name.
/// </summary>
public sealed unsafe class PytorchFile : IDisposable
{
    internal const string Damaged = "Fetch or save the file again; a program that stopped half-way may have left it so.";
    internal const string SaveTensors =
        "If you trust the file, load it in Python and save its tensors alone: safetensors.torch.save_file(model.state_dict(), \"model.safetensors\").";

    // Under these names programs keep a model's tensors beside other things.
    private static readonly string[] ModelKeys = ["module", "model", "state_dict", "model_state_dict"];

    private readonly MappedFile _file;

    private PytorchFile(MappedFile file, object? content, long budget)
    {
        (_file, Content) = (file, content);
        Tensors = TensorListing.Of(file.Path, content, budget);
        object? model = content is PickleDictionary top && !top.Any(pair => pair.Value is PytorchTensor)
            ? ModelKeys.Select(top.Find).FirstOrDefault(value => value is PickleDictionary) : null;
        StateDict = model is null ? Tensors : TensorListing.Of(file.Path, model, budget);
    }

    /// <summary>The path it was opened by.</summary>
    public string Path => _file.Path;

    /// <summary>All of the file: a <see cref="PytorchTensor"/>, a <see cref="PickleContainer"/> of them, or a plain value (see there).</summary>
    public object? Content { get; }

    /// <summary>Every tensor, in the file's order. Where containers are nested, names are joined by points: <c>module.norm.weight</c>, <c>layers.0</c>.</summary>
    public IReadOnlyDictionary<string, PytorchTensor> Tensors { get; }

    /// <summary>
    /// The model's tensors by its own names: what stands under <c>module</c>, <c>model</c>, <c>state_dict</c> or <c>model_state_dict</c> where the file
    /// keeps them so, else all.
    /// </summary>
    public IReadOnlyDictionary<string, PytorchTensor> StateDict { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="InputException">There is no such file, it is damaged, or it holds something else than tensors and plain data: says what, and at
    /// which byte.</exception>
    public static PytorchFile Open(string path) => Open(MappedFile.Open(path));

    /// <summary>Whether a file begins as this kind does. Any zip archive does.</summary>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    public static bool Begins(string path)
    {
        using MappedFile file = MappedFile.Open(path);
        return Begins(file.Span(0, (int)Math.Min(file.Length, LegacyPytorch.MagicLength)));
    }

    private static bool Begins(ReadOnlySpan<byte> start) => start.StartsWith(StoredZip.Magic) || LegacyPytorch.Begins(start);

    /// <summary>Opens a file that is mapped already, and owns the map from here on.</summary>
    internal static PytorchFile Open(MappedFile file)
    {
        try
        {
            ReadOnlySpan<byte> start = file.Span(0, (int)Math.Min(file.Length, LegacyPytorch.MagicLength));
            if (start.StartsWith(StoredZip.Magic))
                return new PytorchFile(file, PytorchArchive.Read(file, out long budget), budget);
            if (LegacyPytorch.Begins(start))
                return new PytorchFile(file, LegacyPytorch.Read(file, out long budget), budget);
            throw new InputException(file.Path, "byte 0", "it begins neither as the zip archive that torch.save writes nor as PyTorch before 1.6 wrote.",
                "Check that this is a PyTorch file; save it again with a current PyTorch.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Where a tensor's first element is in memory. Valid until <see cref="Dispose"/>; not aligned in every file. Go on by
    /// <see cref="PytorchTensor.Strides"/>.
    /// </summary>
    public byte* Pointer(PytorchTensor tensor) => _file.Pointer + tensor.Storage.Offset + tensor.Offset * tensor.ElementSize;

    /// <summary>Copies a tensor's elements one after the other, the last axis fastest.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <param name="destination">Room for its <see cref="PytorchTensor.Length"/> bytes.</param>
    public void CopyTo(PytorchTensor tensor, byte* destination)
    {
        if (tensor.Length == 0)
            return;
        if (tensor.IsContiguous)
            Buffer.MemoryCopy(Pointer(tensor), destination, tensor.Length, tensor.Length);
        else
            StridedCopy.Copy(Pointer(tensor), destination, [.. tensor.Shape], [.. tensor.Strides], tensor.ElementSize);
    }

    /// <summary>A tensor's elements one after the other, in new memory. For tensors up to 2 GiB.</summary>
    /// <exception cref="ArgumentException">It is longer than an array can be.</exception>
    public byte[] ToArray(PytorchTensor tensor)
    {
        if (tensor.Length > Array.MaxLength)
            throw new ArgumentException($"A tensor of {tensor.Length} bytes is too long for an array: use CopyTo.", nameof(tensor));
        byte[] bytes = new byte[tensor.Length];
        fixed (byte* start = bytes)
            CopyTo(tensor, start);
        return bytes;
    }

    /// <summary>Unmaps the file: pointers into it are dead from here on.</summary>
    public void Dispose() => _file.Dispose();
}
