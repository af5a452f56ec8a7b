using System.Globalization;
using Castalia.Formats;

namespace Castalia.Models.Gguf;

/// <summary>The keys of one architecture in a GGUF file, read with bounds.</summary>
/// <param name="file">The file.</param>
/// <param name="architecture">What the keys begin with.</param>
internal sealed class GgufKeys(GgufFile file, string architecture)
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    private const string Remedy = "Fetch or convert the model again.";

    /// <summary>The file.</summary>
    public GgufFile File => file;

    /// <summary>Whether there is a tensor of a name.</summary>
    public bool HasTensor(string name) => file.Tensors.ContainsKey(name);

    /// <summary>A whole number within bounds.</summary>
    public int Int(string key, int most, int? absent = null)
    {
        GgufValue? value = file.Find(Full(key));
        if (value is null && absent is int usual)
            return usual;
        long number = (value ?? file.Get(Full(key))).AsInteger();
        return number > 0 && number <= most ? (int)number : throw Wrong(key, $"expected a whole number from 1 to {most}, found {number}.");
    }

    /// <summary>A finite number, as the decimal that its float stands for: 1e-5, not 9.999999747378752E-06.</summary>
    public double Number(string key, double? absent = null)
    {
        GgufValue? value = file.Find(Full(key));
        if (value is null && absent is double usual)
            return usual;
        float number = (float)(value ?? file.Get(Full(key))).AsFloat();
        return float.IsFinite(number) ? double.Parse(number.ToString("R", Invariant), Invariant) : throw Wrong(key, $"expected a finite number, found {number}.");
    }

    /// <summary>A truth value.</summary>
    public bool Bool(string key) => file.Get(Full(key)).AsBool();

    /// <summary>A text; null where there is none.</summary>
    public string? Text(string key) => file.Find(Full(key))?.AsString();

    /// <summary>A token's id; null where there is none.</summary>
    public int? TokenId(string name) => file.Find($"tokenizer.ggml.{name}_token_id")?.AsInteger() is long id and >= 0 and <= int.MaxValue ? (int)id : null;

    /// <summary>The error for a key that holds something else than it may.</summary>
    public InputException Wrong(string key, string problem) => new(file.Path, $"key {Full(key)}", problem, Remedy);

    private string Full(string key) => $"{architecture}.{key}";
}
