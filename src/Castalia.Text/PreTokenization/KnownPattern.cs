namespace Castalia.Text.PreTokenization;

/// <summary>An expression of Split that many tokenizers have, and what is known of its matches.</summary>
/// <param name="Scanner">
/// A scanner of the matches, written by hand. Where there is one, the matches leave nothing of a text out. Null for none.
/// </param>
/// <param name="EndsBeforeSpaceAfterLetter">
/// Whether a match always ends between a letter and white space that follows it, and the next one begins there. Otherwise none ever reaches from
/// a letter to white space after it, or looks that far.
/// </param>
internal sealed record KnownPattern(WordScanner? Scanner, bool EndsBeforeSpaceAfterLetter)
{
    private const string DeepSeek3 =
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>What is known of an expression; null for nothing.</summary>
    public static KnownPattern? Find(string expression) => expression switch
    {
        Gpt2Scanner.Pattern => new(new Gpt2Scanner(), true),
        Cl100kScanner.Pattern => new(new Cl100kScanner(3), true),
        Cl100kScanner.PatternWithSingleDigits => new(new Cl100kScanner(1), true),
        O200kScanner.Pattern => new(new O200kScanner(), true),
        DeepSeek3 => new(null, true),
        @"\p{N}" or @"\p{N}{1,3}" or @"\d" or @"\d{1,3}" or "[0-9]" or "[0-9][0-9][0-9]" or @"[\r\n]" or "[一-龥぀-ゟ゠-ヿ]+" => new(null, false),
        _ => null,
    };
}
