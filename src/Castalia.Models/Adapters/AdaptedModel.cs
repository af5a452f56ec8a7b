using TorchSharp;

namespace Castalia.Models;

/// <summary>A base model with an adapter beside its weights.</summary>
public static class AdaptedModel
{
    /// <summary>Reads a model and lays an adapter over it.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="adapter">The adapter's folder; null for none.</param>
    /// <param name="precision">The type to compute in; in int8 the adapter itself stays in bf16.</param>
    /// <param name="progress">Told how many tensors are read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="InputException">A file is missing or damaged, or the two do not fit each other.</exception>
    public static Transformer Load(
        string model, string? adapter, InferencePrecision precision = InferencePrecision.Float32, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        torch.ScalarType dtype = precision == InferencePrecision.Float32 ? torch.ScalarType.Float32 : torch.ScalarType.BFloat16;
        // The small one first: what does not fit is found before a large file is read.
        LoraAdapter? loaded = adapter is null ? null : PeftFolder.Load(adapter, HuggingFaceFolder.LoadConfig(model), dtype);
        Transformer transformer;
        try
        {
            transformer = HuggingFaceFolder.Load(model, dtype, false, progress, cancellation);
            if (precision == InferencePrecision.Int8)
                transformer = Quantize(transformer, model);
        }
        catch
        {
            loaded?.Dispose();
            throw;
        }
        loaded?.AttachTo(transformer.Weights);
        return transformer;
    }

    private static Transformer Quantize(Transformer transformer, string model)
    {
        using (transformer)
        {
            try
            {
                return new Transformer(transformer.Weights.Quantize());
            }
            catch (ArgumentException e)
            {
                throw new InputException(model, "weights", e.Message, "Take another type than int8 for this model.", e);
            }
        }
    }

    /// <summary>The base model that an adapter names, as seen from the current folder or from the adapter's.</summary>
    /// <exception cref="InputException">It names none, or none that is there.</exception>
    public static string BaseOf(string adapter)
    {
        string? named = PeftFolder.LoadConfig(adapter).BaseModel;
        string? found = named is null ? null : new[] { named, Path.Combine(adapter, named) }.FirstOrDefault(Path.Exists);
        return found ?? throw new InputException(
            Path.Combine(adapter, PeftFolder.ConfigFile), "base_model_name_or_path", named is null ? "it names no base model." : $"it names the base model '{named}', which is not there.",
            "Name the base as the model, and this folder with --adapter.");
    }
}
