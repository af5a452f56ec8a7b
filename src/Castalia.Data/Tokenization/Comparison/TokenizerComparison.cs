using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Castalia.Text;

namespace Castalia.Data;

/// <summary>How two tokenizers are compared.</summary>
public sealed record CompareOptions
{
    /// <summary>How many of the tokens that only one of the two has to name.</summary>
    [Range(0, 10_000)]
    public int DifferingTokens { get; init; } = 50;

    /// <summary>Threads that encode; 0 for as many as there are cores. The result does not depend on it.</summary>
    [Range(0, 1024)]
    public int Threads { get; init; }
}

/// <summary>
/// Encodes a corpus with two tokenizers, without what their post-processors, truncation and padding add or take, and decodes it again.
/// Memory holds a few batches of documents and a count for each token.
/// </summary>
public static class TokenizerComparison
{
    /// <summary>The least text of a document whose ratio is worth naming.</summary>
    public const int LeastBytes = 256;

    private const long MostBytesUnderWay = 1 << 26;

    /// <summary>Compares two tokenizers.</summary>
    /// <param name="a">The first one's file.</param>
    /// <param name="b">The second one's file.</param>
    /// <param name="options">How.</param>
    /// <param name="inputs">Files of documents, folders of them, or globs; of plain text each line is a document.</param>
    /// <param name="progress">Told how much of the corpus has been encoded.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="InputException">A tokenizer or a file of documents is missing or damaged.</exception>
    public static ComparisonResult Compare(
        string a, string b, CompareOptions options, IReadOnlyList<string> inputs,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Tokenizer first = Plain(a), second = Plain(b);
        var vocabularies = new VocabularyPair(first, second);
        var tally = new ComparisonTally(vocabularies.SameIds);
        LineFiles files = new(inputs, TextFormat.Auto, null);
        long? all = files.TotalBytes;
        var ordered = new OrderedWork(options.Threads > 0 ? options.Threads : Environment.ProcessorCount, MostBytesUnderWay);
        IEnumerable<LineBatch> batches = files.Read(cancellationToken);
        foreach (EncodedPair pair in ordered.Select(batches, batch => Encode(batch, first, second), batch => batch.Length, cancellationToken))
        {
            tally.Add(pair.Documents);
            vocabularies.Count(CollectionsMarshal.AsSpan(pair.IdsA), CollectionsMarshal.AsSpan(pair.IdsB));
            progress?.Report(new WorkProgress("compare", pair.Done, all, "bytes", $"{tally.Documents:N0} documents"));
        }
        (string nameA, string nameB) = Names(a, b);
        return tally.Result(
            new ComparedTokenizer(nameA, a, vocabularies.ModelA, vocabularies.TokensA, vocabularies.UsedA),
            new ComparedTokenizer(nameB, b, vocabularies.ModelB, vocabularies.TokensB, vocabularies.UsedB),
            vocabularies.Compare(options.DifferingTokens));
    }

    private static Tokenizer Plain(string path) => Tokenizer.Load(path).WithTruncation(null).WithPadding(null);

    private static EncodedPair Encode(LineBatch batch, Tokenizer first, Tokenizer second)
    {
        var encoded = new EncodedPair([], [], [], batch.Done);
        string source = DocumentReader.NameOf(batch.File);
        for (int i = 0; i < batch.Count; i++)
        {
            Document document = batch.Format == TextFormat.Text
                ? new Document(FormattableString.Invariant($"{Path.GetFileName(batch.File)}:{batch.Number(i)}"), Encoding.UTF8.GetString(batch.Line(i)), source)
                : DocumentLine.Read(batch.Line(i), batch.File, batch.Number(i), source);
            (int startA, int startB) = (encoded.IdsA.Count, encoded.IdsB.Count);
            first.Encode(document.Text, encoded.IdsA, EncodeOptions.WithoutPostProcessor);
            second.Encode(document.Text, encoded.IdsB, EncodeOptions.WithoutPostProcessor);
            (long words, long points) = Measure(document.Text);
            ReadOnlySpan<int> idsA = CollectionsMarshal.AsSpan(encoded.IdsA)[startA..], idsB = CollectionsMarshal.AsSpan(encoded.IdsB)[startB..];
            encoded.Documents.Add(new DocumentPair
            {
                Id = document.Id,
                Source = document.Source,
                Language = LanguageOf(document),
                Bytes = Encoding.UTF8.GetByteCount(document.Text),
                CodePoints = points,
                Words = words,
                TokensA = idsA.Length,
                TokensB = idsB.Length,
                SameIds = idsA.SequenceEqual(idsB),
                RoundTripA = first.Decode(idsA) == document.Text,
                RoundTripB = second.Decode(idsB) == document.Text,
            });
        }
        return encoded;
    }

    private static string LanguageOf(Document document)
    {
        if (document.Metadata is JsonElement metadata && metadata.TryGetProperty("language", out JsonElement language)
            && language.ValueKind == JsonValueKind.String && language.GetString() is { Length: > 0 } name)
            return name;
        return Script.Dominant(document.Text) is string script ? script + " script" : "no letters";
    }

    private static (long Words, long CodePoints) Measure(ReadOnlySpan<char> text)
    {
        long words = 0, points = 0;
        bool inside = false;
        foreach (char c in text)
        {
            bool space = char.IsWhiteSpace(c);
            words += !space && !inside ? 1 : 0;
            inside = !space;
            points += char.IsLowSurrogate(c) ? 0 : 1;
        }
        return (words, points);
    }

    // Names tell the two apart; where nothing shorter does, paths.
    private static (string A, string B) Names(string a, string b)
    {
        (string nameA, string nameB) = (NameOf(a), NameOf(b));
        return nameA != nameB ? (nameA, nameB) : a != b ? (a, b) : (nameA, nameA + " again");
    }

    private static string NameOf(string path)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        string? folder = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path)));
        if (name is "tokenizer.json" or "vocab.json" or "encoder.json" or "vocab.txt" or "tokenizer.model" && folder is { Length: > 0 })
            return folder;
        foreach (string ending in (string[])[".tokenizer.json", ".json", ".tiktoken", ".model", ".gguf", ".txt"])
        {
            if (name.Length > ending.Length && name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return name[..^ending.Length];
        }
        return name;
    }
}

/// <summary>Some documents, encoded twice.</summary>
/// <param name="Documents">The documents in order.</param>
/// <param name="IdsA">All ids of A.</param>
/// <param name="IdsB">All ids of B.</param>
/// <param name="Done">How many bytes of all files had been read with them.</param>
internal sealed record EncodedPair(List<DocumentPair> Documents, List<int> IdsA, List<int> IdsB, long Done);

/// <summary>One document, encoded twice.</summary>
internal readonly record struct DocumentPair
{
    public required string Id { get; init; }

    public required string Source { get; init; }

    public required string Language { get; init; }

    public required long Bytes { get; init; }

    public required long CodePoints { get; init; }

    public required long Words { get; init; }

    public required int TokensA { get; init; }

    public required int TokensB { get; init; }

    public required bool SameIds { get; init; }

    public required bool RoundTripA { get; init; }

    public required bool RoundTripB { get; init; }

    public double Ratio => (double)TokensA / TokensB;
}
