namespace Castalia.Text;

/// <summary>How <see cref="Tokenizer.Encode(string, EncodeOptions)"/> treats special tokens.</summary>
[Flags]
public enum EncodeOptions
{
    /// <summary>Special tokens written in the text count as such, and the post-processor adds its own: what HF does when nothing is said.</summary>
    None = 0,

    /// <summary>Special tokens written in the text are encoded like any text (HF's <c>encode_special_tokens</c>).</summary>
    SpecialTokensAsText = 1,

    /// <summary>The post-processor adds nothing (HF's <c>add_special_tokens=False</c>).</summary>
    WithoutPostProcessor = 2,
}
