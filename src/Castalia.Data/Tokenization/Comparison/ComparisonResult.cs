using Castalia.Formats;

namespace Castalia.Data;

/// <summary>Two tokenizers on one corpus; <c>results.json</c> in the folder of a comparison.</summary>
public sealed record ComparisonResult
{
    /// <summary>The file's name in the folder of a comparison.</summary>
    public const string FileName = "results.json";

    /// <summary>The first tokenizer.</summary>
    public required ComparedTokenizer A { get; init; }

    /// <summary>The second tokenizer.</summary>
    public required ComparedTokenizer B { get; init; }

    /// <summary>All documents together.</summary>
    public required ComparedGroup Total { get; init; }

    /// <summary>The documents of each source, the one with the most text first.</summary>
    public required IReadOnlyList<ComparedGroup> Components { get; init; }

    /// <summary>
    /// The documents of each language, the one with the most text first. What a document's metadata says under <c>language</c>; where it says
    /// nothing, the script of most of its letters: <c>Latin script</c>.
    /// </summary>
    public required IReadOnlyList<ComparedGroup> Languages { get; init; }

    /// <summary>How many tokens of A each document has for one of B.</summary>
    public required RatioDistribution Ratios { get; init; }

    /// <summary>
    /// The documents that A needs the fewest tokens for, compared with B, of those of at least <see cref="TokenizerComparison.LeastBytes"/> bytes.
    /// </summary>
    public required IReadOnlyList<ComparedDocument> BestForA { get; init; }

    /// <summary>The documents that B needs the fewest tokens for, compared with A.</summary>
    public required IReadOnlyList<ComparedDocument> BestForB { get; init; }

    /// <summary>The vocabularies.</summary>
    public required VocabularyComparison Vocabulary { get; init; }

    /// <summary>Reads the results in a comparison's folder.</summary>
    /// <exception cref="InputException">There are none, or the file is not what its name says.</exception>
    public static ComparisonResult Load(string folder) => CanonicalJson.ReadFile<ComparisonResult>(Path.Combine(folder, FileName));

    /// <summary>Writes the results into a folder.</summary>
    public void Save(string folder) => CanonicalJson.WriteFile(Path.Combine(folder, FileName), this);
}

/// <summary>One of two tokenizers.</summary>
/// <param name="Name">What it is called: its file's name, or its folder's where the file is called as they all are.</param>
/// <param name="File">Its file.</param>
/// <param name="Model">The kind of model: <c>BPE</c>.</param>
/// <param name="Tokens">How many tokens it has, added ones included.</param>
/// <param name="UsedTokens">How many of them the corpus has.</param>
public sealed record ComparedTokenizer(string Name, string File, string Model, int Tokens, int UsedTokens);

/// <summary>Documents that belong together.</summary>
/// <param name="Name">The source or language.</param>
/// <param name="Documents">How many documents.</param>
/// <param name="Bytes">Their text in UTF-8.</param>
/// <param name="CodePoints">Their Unicode code points.</param>
/// <param name="Words">Their words: what stands between white space. Says little of languages that write none.</param>
/// <param name="A">What A makes of them.</param>
/// <param name="B">What B makes of them.</param>
/// <param name="Ratio">Tokens of A for one of B: below 1, A needs fewer. NaN without tokens.</param>
/// <param name="IdenticalDocuments">How many documents have the same ids; null where the vocabularies differ.</param>
public sealed record ComparedGroup(
    string Name, long Documents, long Bytes, long CodePoints, long Words, ComparedSide A, ComparedSide B, double Ratio, long? IdenticalDocuments);

/// <summary>What one tokenizer makes of documents. Rates are NaN where there is nothing to divide by.</summary>
/// <param name="Tokens">How many tokens.</param>
/// <param name="BytesPerToken">Bytes of text for each.</param>
/// <param name="TokensPerWord">Tokens for each word: fertility.</param>
/// <param name="TokensPerCodePoint">Tokens for each code point.</param>
/// <param name="RoundTrips">How many documents decoding gives back exactly.</param>
public sealed record ComparedSide(long Tokens, double BytesPerToken, double TokensPerWord, double TokensPerCodePoint, long RoundTrips);

/// <summary>A document that two tokenizers treat differently.</summary>
/// <param name="Id">The document.</param>
/// <param name="Source">Its source.</param>
/// <param name="Bytes">Its text in UTF-8.</param>
/// <param name="TokensA">Tokens of A.</param>
/// <param name="TokensB">Tokens of B.</param>
public sealed record ComparedDocument(string Id, string Source, long Bytes, int TokensA, int TokensB)
{
    /// <summary>Tokens of A for one of B.</summary>
    public double Ratio => (double)TokensA / TokensB;
}

/// <summary>How many tokens of A documents have for one of B.</summary>
/// <param name="Documents">How many documents, those without tokens left out.</param>
/// <param name="Percentile5">One in twenty documents has at most this.</param>
/// <param name="Median">Half of the documents have at most this.</param>
/// <param name="Percentile95">Nineteen in twenty documents have at most this.</param>
/// <param name="Bins">How many documents have which ratio, in bins that are even on a logarithmic scale; empty ones are left out.</param>
public sealed record RatioDistribution(long Documents, double Percentile5, double Median, double Percentile95, IReadOnlyList<RatioBin> Bins);

/// <summary>Documents of about the same ratio.</summary>
/// <param name="From">The least ratio.</param>
/// <param name="To">Where the next bin begins.</param>
/// <param name="Documents">How many documents.</param>
public readonly record struct RatioBin(double From, double To, long Documents);

/// <summary>Two vocabularies. Tokens are the same if they stand for the same bytes of text, whatever their ids and however their files write them.</summary>
/// <param name="Shared">How many tokens both have.</param>
/// <param name="OnlyA">How many only A has.</param>
/// <param name="OnlyB">How many only B has.</param>
/// <param name="SameIds">Whether both have the same tokens under the same ids.</param>
/// <param name="SharedUseA">The share of A's tokens in the corpus that B has as well.</param>
/// <param name="SharedUseB">The share of B's tokens in the corpus that A has as well.</param>
/// <param name="FrequentOnlyA">The tokens that only A has, the most frequent in the corpus first.</param>
/// <param name="FrequentOnlyB">The tokens that only B has, the most frequent in the corpus first.</param>
public sealed record VocabularyComparison(
    int Shared, int OnlyA, int OnlyB, bool SameIds, double SharedUseA, double SharedUseB,
    IReadOnlyList<CountedToken> FrequentOnlyA, IReadOnlyList<CountedToken> FrequentOnlyB);

/// <summary>A token and how often it comes up.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Token">The token as the tokenizer's file writes it.</param>
/// <param name="Text">The text that it stands for; bytes that are parts of characters are written <c>\xE2</c>.</param>
/// <param name="Count">How often it comes up.</param>
public sealed record CountedToken(int Id, string Token, string Text, long Count);
