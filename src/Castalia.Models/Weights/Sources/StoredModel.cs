using Castalia.Formats;
using Castalia.Models.Architectures;
using TorchSharp;

namespace Castalia.Models;

/// <summary>A model in its files, of which one tensor at a time is in memory, in the type in which it is stored.</summary>
public sealed class StoredModel : IDisposable
{
    private readonly ITensorSource _files;
    private readonly Func<string, string> _storedName;
    private readonly Dictionary<string, HuggingFaceParameter[]> _parts;
    private readonly Dictionary<string, ParameterSpec> _specs;

    private StoredModel(string path, TransformerConfig config, ITensorSource files)
    {
        (Path, Config, _files) = (path, config, files);
        IArchitecture architecture = KnownArchitectures.Of(config);
        Parameters = architecture.Parameters(config);
        _storedName = HuggingFaceFolder.Check(files, Parameters, architecture, config);
        _parts = Parameters.GroupBy(parameter => parameter.Canonical, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        _specs = ParameterNames.Of(config).ToDictionary(spec => spec.Name, StringComparer.Ordinal);
    }

    /// <summary>Where the model is.</summary>
    public string Path { get; }

    /// <summary>The model.</summary>
    public TransformerConfig Config { get; }

    /// <summary>Its tensors as HF has them.</summary>
    public IReadOnlyList<HuggingFaceParameter> Parameters { get; }

    /// <summary>The files that the tensors are in.</summary>
    public IEnumerable<string> Files => _files.Tensors.Values.Select(tensor => tensor.File).Distinct(StringComparer.Ordinal);

    /// <summary>Opens a model and checks that its files hold exactly its tensors.</summary>
    /// <exception cref="InputException">A file or tensor is missing, superfluous or of another shape than the configuration says.</exception>
    public static StoredModel Open(string path)
    {
        TransformerConfig config = HuggingFaceFolder.LoadConfig(path);
        ITensorSource files = TensorSource.Open(path);
        try
        {
            return new StoredModel(path, config, files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>The type in which a tensor is stored; Float32 for doubles, in which nothing is computed here.</summary>
    public torch.ScalarType TypeOf(HuggingFaceParameter parameter) => _files.Tensors[_storedName(parameter.Name)].DType switch
    {
        SafetensorsDType.BF16 => torch.ScalarType.BFloat16,
        SafetensorsDType.F16 => torch.ScalarType.Float16,
        _ => torch.ScalarType.Float32,
    };

    /// <summary>Reads one tensor in HF's layout. The caller disposes of it.</summary>
    /// <param name="parameter">One of <see cref="Parameters"/>.</param>
    /// <exception cref="InputException">It is damaged.</exception>
    public torch.Tensor Read(HuggingFaceParameter parameter) => _files.Read(_storedName(parameter.Name));

    /// <summary>Reads one parameter in its canonical layout. The caller disposes of it.</summary>
    /// <param name="canonical">A name of <see cref="ParameterNames"/>.</param>
    /// <exception cref="InputException">It is damaged.</exception>
    public torch.Tensor Read(string canonical)
    {
        HuggingFaceParameter[] parts = _parts[canonical];
        if (parts is [{ View: null } only])
            return Read(only);
        torch.Tensor whole = torch.empty(_specs[canonical].Shape, dtype: TypeOf(parts[0]));
        foreach (HuggingFaceParameter part in parts)
        {
            using torch.Tensor stored = Read(part);
            part.Import(stored, whole);
        }
        return whole;
    }

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();
}
