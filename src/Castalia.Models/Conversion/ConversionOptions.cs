namespace Castalia.Models.Conversion;

/// <summary>How a model is kept.</summary>
public enum ModelFormat
{
    /// <summary>A folder as Hugging Face's transformers reads it: config.json, safetensors, the tokenizer's files.</summary>
    HuggingFace,

    /// <summary>One file as llama.cpp reads it, tokenizer and all.</summary>
    Gguf,

    /// <summary>A checkpoint's folder as GPT-NeoX reads it.</summary>
    NeoX,
}

/// <summary>The type of a model's matrices in its files.</summary>
public enum WeightType
{
    /// <summary>IEEE float.</summary>
    Float32,

    /// <summary>IEEE half.</summary>
    Float16,

    /// <summary>Brain float: the upper half of a float.</summary>
    BFloat16,

    /// <summary>8 bits, a scale for 32 (GGUF only).</summary>
    Q8_0,
}

/// <summary>How a model is converted.</summary>
public sealed record ConversionOptions
{
    /// <summary>What it becomes.</summary>
    public ModelFormat Format { get; init; } = ModelFormat.HuggingFace;

    /// <summary>The type of its matrices; null for the type in which they are stored.</summary>
    public WeightType? Type { get; init; }

    /// <summary>The most bytes a safetensors file.</summary>
    public long MaxShardSize { get; init; } = ShardPlan.UsualSize;

    /// <summary>Into how many parts GPT-NeoX's matrices are split, a graphics card each.</summary>
    public int TensorParallel { get; init; } = 1;

    /// <summary>Whether a model that is there already is replaced.</summary>
    public bool Force { get; init; }

    /// <summary>The command that does the same, for the model card; null for none.</summary>
    public string? Command { get; init; }
}

/// <summary>What a conversion has made.</summary>
/// <param name="Path">The folder or file.</param>
/// <param name="Format">What it is.</param>
/// <param name="Architecture">HF's <c>model_type</c>.</param>
/// <param name="Parameters">How many numbers the model has.</param>
/// <param name="Types">The types of its tensors with how many of them there are: <c>Q8_0</c>, 14.</param>
/// <param name="Files">The files' names and bytes.</param>
/// <param name="HasTokenizer">Whether the tokenizer came along.</param>
/// <param name="Remarks">What there is to know about it, a sentence each.</param>
public sealed record ConversionResult(
    string Path, ModelFormat Format, string Architecture, long Parameters, IReadOnlyDictionary<string, int> Types,
    IReadOnlyList<(string Name, long Bytes)> Files, bool HasTokenizer, IReadOnlyList<string> Remarks);
