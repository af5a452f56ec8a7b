namespace Castalia.Models;

/// <summary>The tokens that end a continuation.</summary>
public static class StopTokens
{
    /// <summary>Those of the options, else the model's end token, where it has one.</summary>
    internal static IReadOnlyList<int> Of(GenerationOptions options, TransformerConfig config) =>
        options.StopTokens ?? (config.EndTokenId is int end ? [end] : []);

    /// <summary>
    /// Those that a model's folder names, in <c>generation_config.json</c> and <c>config.json</c>: models for conversations often end a text by one
    /// token and a turn by another.
    /// </summary>
    /// <exception cref="InputException"><c>generation_config.json</c> is malformed.</exception>
    public static IReadOnlyList<int> In(string folder, TransformerConfig config)
    {
        string file = Path.Combine(folder, "generation_config.json");
        IReadOnlyList<int> named = File.Exists(file) ? ConfigJson.Read(file).TokenIds("eos_token_id") : [];
        return [.. named.Concat(config.EndTokenId is int end ? [end] : []).Distinct()];
    }
}
