using Castalia.Text.AddedTokens;
using Castalia.Text.Bpe;
using Castalia.Text.Normalization;
using Castalia.Text.PreTokenization;

namespace Castalia.Text;

/// <summary>The parts of a tokenizer in the order in which text passes them. Shared by all encoders, changed by none.</summary>
/// <param name="RawTokens">Added tokens looked for in the raw text.</param>
/// <param name="Normalizer">Null for none.</param>
/// <param name="NormalizedTokens">Added tokens looked for in the normalized text.</param>
/// <param name="PreTokenizer">Cuts what is between added tokens into words.</param>
/// <param name="Model">Turns words into tokens.</param>
/// <param name="Prefix">Tokens that the post-processor puts in front.</param>
/// <param name="Suffix">Tokens that the post-processor puts at the end.</param>
internal sealed record TokenizerPipeline(
    AddedTokenMatcher RawTokens,
    Normalizer? Normalizer,
    AddedTokenMatcher NormalizedTokens,
    PreTokenizer PreTokenizer,
    BpeModel Model,
    int[] Prefix,
    int[] Suffix);
