namespace Castalia.Text;

/// <summary>What <see cref="Tokenizer.Load(string, TokenizerLoadOptions?)"/> cannot read off a file.</summary>
public sealed record TokenizerLoadOptions
{
    /// <summary>What a <c>.tiktoken</c> file leaves out; null: it is found by the file's name.</summary>
    public TiktokenEncoding? TiktokenEncoding { get; init; }
}
