using System.Text.Json.Nodes;

namespace Castalia.Models.Architectures;

/// <summary>One architecture as HF spells it: from <c>config.json</c> and parameter names to the canonical ones, and back.</summary>
public interface IArchitecture
{
    /// <summary>HF's <c>model_type</c>.</summary>
    string ModelType { get; }

    /// <summary>What all names but the unembedding's begin with, and what some files leave out; null where none does.</summary>
    string? Prefix { get; }

    /// <summary>Reads the model's sizes and kinds; <see cref="KnownArchitectures.ReadConfig"/> validates them.</summary>
    /// <exception cref="InputException">A field is missing, out of bounds, or asks for what is not supported.</exception>
    TransformerConfig ReadConfig(ConfigJson json);

    /// <summary>The model's <c>config.json</c>, in a spelling that versions 4 and 5 of transformers both read.</summary>
    /// <exception cref="ArgumentException">The architecture cannot express the configuration.</exception>
    JsonObject WriteConfig(TransformerConfig config);

    /// <summary>Every tensor of an HF checkpoint of this model.</summary>
    IReadOnlyList<HuggingFaceParameter> Parameters(TransformerConfig config);

    /// <summary>Whether a tensor of a checkpoint holds nothing that the model needs: buffers of older versions, the second copy of a tied matrix.</summary>
    bool Ignores(string name, TransformerConfig config);
}

/// <summary>The architectures there are. A new one is a file beside this and a line here.</summary>
public static class KnownArchitectures
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<IArchitecture> All { get; } = [new GptNeoX(), new Llama(), new GptNeo(), new GptJ(), new Bloom(), new Opt(), new Gpt2()];

    /// <summary>The one of a <c>model_type</c>; null where it is not known.</summary>
    public static IArchitecture? Find(string modelType) => All.FirstOrDefault(architecture => architecture.ModelType == modelType);

    /// <summary>The one a configuration is written with.</summary>
    /// <exception cref="ArgumentException">Its name is not known.</exception>
    public static IArchitecture Of(TransformerConfig config) => Find(config.Architecture)
        ?? throw new ArgumentException($"No architecture is called '{config.Architecture}'; there are {string.Join(", ", All.Select(one => one.ModelType))}.");

    /// <summary>Reads a <c>config.json</c> of any of them.</summary>
    /// <exception cref="InputException">It is not the configuration of a known architecture, or of no possible model.</exception>
    public static TransformerConfig ReadConfig(ConfigJson json)
    {
        IArchitecture architecture = Find(json.Text("model_type")) ?? throw json.Unknown("model_type", All.Select(known => known.ModelType));
        TransformerConfig config = architecture.ReadConfig(json);
        try
        {
            config.Validate();
        }
        catch (ArgumentException exception)
        {
            throw json.Unfit(exception.Message, exception);
        }
        return config;
    }
}

/// <summary>What a field of <c>config.json</c> may hold: beyond anything that was trained, and below what overflows.</summary>
internal static class ConfigBounds
{
    public const int Layers = 4096, Size = 1 << 20, Vocabulary = 1 << 24, Context = 1 << 26;
}
