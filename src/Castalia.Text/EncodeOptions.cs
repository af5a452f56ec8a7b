namespace Castalia.Text;

/// <summary>How encoding treats special tokens. Nothing said: those written in the text count as such, and the post-processor adds its own, as in HF.</summary>
[Flags]
public enum EncodeOptions
{
    /// <summary>Special tokens written in the text count as such, and the post-processor adds its own: what HF does when nothing is said.</summary>
    None = 0,

    /// <summary>Special tokens written in the text are encoded like any text (HF's <c>encode_special_tokens</c>).</summary>
    SpecialTokensAsText = 1,

    /// <summary>The post-processor adds nothing (HF's <c>add_special_tokens=False</c>).</summary>
    WithoutPostProcessor = 2,

    /// <summary>A special token written in the text is an <see cref="InputException"/>: for text from strangers (tiktoken's default).</summary>
    RefuseSpecialTokens = 4,
}
