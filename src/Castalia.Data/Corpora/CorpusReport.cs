using System.Text.Json;
using Castalia.Formats;

namespace Castalia.Data;

/// <summary>How much text: documents and the UTF-8 bytes of their text.</summary>
public readonly record struct TextAmount(long Documents, long Bytes)
{
    /// <summary>Both together.</summary>
    public static TextAmount operator +(TextAmount left, TextAmount right) => new(left.Documents + right.Documents, left.Bytes + right.Bytes);
}

/// <summary>What became of one component, or of all together.</summary>
public sealed record ComponentReport
{
    /// <summary>The documents' <c>source</c>.</summary>
    public required string Name { get; init; }

    /// <summary>All that was read.</summary>
    public required TextAmount Read { get; init; }

    /// <summary>Documents without text, which are dropped.</summary>
    public required long EmptyDocuments { get; init; }

    /// <summary>Documents whose text had come before, in this component or another; the first stays.</summary>
    public required TextAmount DuplicatesRemoved { get; init; }

    /// <summary>Distinct documents in the training split, before repeating.</summary>
    public required TextAmount Train { get; init; }

    /// <summary>Documents in the validation split.</summary>
    public required TextAmount Validation { get; init; }

    /// <summary>Documents in the test split.</summary>
    public required TextAmount Test { get; init; }

    /// <summary>How often the training documents were to be repeated; for the total, what came out on average by bytes.</summary>
    public required double Epochs { get; init; }

    /// <summary>What was written for training, repeats included.</summary>
    public required TextAmount Effective { get; init; }

    /// <summary>The part of the training bytes that this is, from 0 to 1.</summary>
    public required double Share { get; init; }
}

/// <summary>What a corpus holds and how it came about; <c>corpus.json</c> in the corpus's folder.</summary>
public sealed record CorpusReport
{
    /// <summary>The file's name in a corpus folder.</summary>
    public const string FileName = "corpus.json";

    private const int LongestFile = 64 << 20;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The salt of the split.</summary>
    public required string SplitSalt { get; init; }

    /// <summary>The seed of the order.</summary>
    public required uint Seed { get; init; }

    /// <summary>Share of the documents meant for validation.</summary>
    public required double ValidationShare { get; init; }

    /// <summary>Share of the documents meant for test.</summary>
    public required double TestShare { get; init; }

    /// <summary>Epochs of the components that the mixture did not name.</summary>
    public required double DefaultEpochs { get; init; }

    /// <summary>Each component, in the ordinal order of the names.</summary>
    public required IReadOnlyList<ComponentReport> Components { get; init; }

    /// <summary>All components together.</summary>
    public required ComponentReport Total { get; init; }

    /// <summary>Reads a corpus folder's report.</summary>
    /// <exception cref="InputException">There is none, or it is not one.</exception>
    public static CorpusReport Load(string corpusFolder)
    {
        string path = Path.Combine(corpusFolder, FileName);
        byte[] json = InputFile.ReadAllBytes(path, LongestFile);
        try
        {
            return JsonSerializer.Deserialize<CorpusReport>(json, Format) ?? throw new JsonException("The file holds null.");
        }
        catch (JsonException exception)
        {
            throw new InputException(
                path, exception.Path, $"expected the report of a corpus: {exception.Message}", "Build the corpus again.", exception);
        }
    }

    /// <summary>Writes the report into a corpus folder.</summary>
    public void Save(string corpusFolder) =>
        AtomicFile.WriteAllText(Path.Combine(corpusFolder, FileName), JsonSerializer.Serialize(this, Format) + "\n");
}
