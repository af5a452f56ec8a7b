using System.Text.Json;
using System.Text.Json.Serialization;
using Castalia.Formats;

namespace Castalia.Data;

/// <summary>What became of the examples of one set.</summary>
/// <param name="Name">The set's file name without ending: <c>train</c>.</param>
/// <param name="Examples">Examples read.</param>
/// <param name="Rows">Rows written.</param>
/// <param name="Tokens">Tokens in the rows.</param>
/// <param name="LearnedTokens">Those of them that are learned.</param>
/// <param name="Cut">Examples longer than a row, of which a part was cut off.</param>
/// <param name="DroppedTooLong">Examples longer than a row that were left out.</param>
/// <param name="DroppedNothingToLearn">Examples left out because nothing to be learned is in them, or is left after the cut.</param>
public sealed record SupervisedSet(string Name, long Examples, long Rows, long Tokens, long LearnedTokens, long Cut, long DroppedTooLong, long DroppedNothingToLearn);

/// <summary>What was prepared with which tokenizer; <c>supervised.json</c> in the folder of the rows.</summary>
public sealed record SupervisedReport
{
    /// <summary>The file's name.</summary>
    public const string FileName = "supervised.json";

    private const int LongestFile = 1 << 20;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>SHA-256 of the tokenizer as <c>tokenizer.json</c>.</summary>
    public required string TokenizerSha256 { get; init; }

    /// <summary>SHA-256 of the chat template; null where there was none.</summary>
    public required string? TemplateSha256 { get; init; }

    /// <summary>The tokenizer's vocabulary, added tokens included.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Tokens a row is trained on.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>Which answers of a conversation are learned.</summary>
    public required TrainOn TrainOn { get; init; }

    /// <summary>What became of examples longer than a row.</summary>
    public required TooLong TooLong { get; init; }

    /// <summary>How many examples a row holds.</summary>
    public required RowPacking Packing { get; init; }

    /// <summary>The sets.</summary>
    public required IReadOnlyList<SupervisedSet> Sets { get; init; }

    /// <summary>Reads the report of a folder of rows.</summary>
    /// <exception cref="InputException">There is none, or it is not one.</exception>
    public static SupervisedReport Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return JsonSerializer.Deserialize<SupervisedReport>(InputFile.ReadAllBytes(path, LongestFile), Format) ?? throw new JsonException("The file holds null.");
        }
        catch (JsonException exception)
        {
            throw new InputException(path, exception.Path, $"expected the report of prepared examples: {exception.Message}", "Prepare the examples again.", exception);
        }
    }

    /// <summary>Writes the report into a folder of rows.</summary>
    public void Save(string folder) => AtomicFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Format) + "\n");
}
