using Castalia.Formats;
using Castalia.Models.Architectures;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models.Gguf;

/// <summary>
/// A GGUF file as a model's source: its keys as the configuration, its tensors under Hugging Face's names. F32, F16 and BF16 tensors keep their type,
/// Q8_0 ones become fp32.
/// </summary>
internal sealed class GgufModelFile : ITensorSource
{
    private readonly GgufFile _file;
    private readonly Dictionary<string, HuggingFaceParameter> _wanted;
    private readonly ILookup<string, HuggingFaceParameter> _stored;
    private readonly Dictionary<string, ParameterSpec> _canonical;
    private readonly Dictionary<string, StoredTensor> _tensors = new(StringComparer.Ordinal);

    private GgufModelFile(GgufFile file)
    {
        _file = file;
        (GgufArchitecture architecture, TransformerConfig config) = GgufArchitecture.Read(file);
        _wanted = KnownArchitectures.Of(config).Parameters(config).ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
        _stored = GgufTensorList.Parameters(config, architecture).ToLookup(parameter => parameter.Canonical, StringComparer.Ordinal);
        _canonical = ParameterNames.Of(config).ToDictionary(spec => spec.Name, StringComparer.Ordinal);
        foreach (HuggingFaceParameter parameter in _wanted.Values)
        {
            foreach (HuggingFaceParameter part in _stored[parameter.Canonical])
                Check(part);
            GgmlType type = file[_stored[parameter.Canonical].First().Name].Type;
            _tensors.Add(parameter.Name, new StoredTensor(parameter.Name, file.Path, DTypeOf(type), parameter.Shape));
        }
    }

    /// <inheritdoc/>
    public string Listing => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>Whether a path is that of a GGUF file.</summary>
    public static bool Recognises(string path)
    {
        if (!File.Exists(path))
            return false;
        using FileStream file = InputFile.OpenRead(path);
        Span<byte> start = stackalloc byte[8];
        return GgufFile.Begins(start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
    }

    /// <summary>Reads a file's configuration; loads no libtorch.</summary>
    /// <exception cref="InputException">It is of an architecture that is not known here, or its keys make no model.</exception>
    public static TransformerConfig LoadConfig(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        return GgufArchitecture.Read(file).Config;
    }

    /// <summary>Opens a file and checks that its tensors are those of its model.</summary>
    /// <exception cref="InputException">They are not.</exception>
    public static GgufModelFile Open(string path)
    {
        GgufFile file = GgufFile.Open(path);
        try
        {
            return new GgufModelFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public torch.Tensor Read(string name)
    {
        HuggingFaceParameter wanted = _wanted[name];
        using torch.Tensor whole = torch.empty(_canonical[wanted.Canonical].Shape, dtype: ScalarTypeOf(_tensors[name].DType));
        foreach (HuggingFaceParameter part in _stored[wanted.Canonical])
        {
            using torch.Tensor stored = GgufTensors.Read(_file, _file[part.Name]);
            part.Import(stored, whole);
        }
        return wanted.Export(whole);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Check(HuggingFaceParameter part)
    {
        GgufTensor tensor = _file[part.Name];
        if (!tensor.Shape.AsSpan().SequenceEqual(part.Shape))
        {
            throw new InputException(_file.Path, $"tensor {part.Name}",
                $"the file's keys ask for the shape [{string.Join(", ", part.Shape)}], found [{string.Join(", ", tensor.Shape)}].", "Fetch or convert the model again.");
        }
        if (!GgufModel.Types.Contains(tensor.Type))
        {
            throw new InputException(_file.Path, $"tensor {part.Name}", $"it is of type {tensor.Type}; expected one of {string.Join(", ", GgufModel.Types)}.",
                "Take the model in one of these types: what finer quantisation has thrown away cannot be computed with here.");
        }
    }

    private static SafetensorsDType DTypeOf(GgmlType type) => type switch
    {
        GgmlType.F16 => SafetensorsDType.F16,
        GgmlType.BF16 => SafetensorsDType.BF16,
        _ => SafetensorsDType.F32,
    };

    private static torch.ScalarType ScalarTypeOf(SafetensorsDType type) => type switch
    {
        SafetensorsDType.F16 => torch.ScalarType.Float16,
        SafetensorsDType.BF16 => torch.ScalarType.BFloat16,
        _ => torch.ScalarType.Float32,
    };
}
