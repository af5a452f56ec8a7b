using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Formats;

namespace Castalia.Recipes.Stages;

/// <summary>A file as a manifest knows it.</summary>
/// <param name="Sha256">Hash of its bytes, lower-case hex.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Modified">When it was last written, in .NET ticks (UTC): with the size, how an unchanged file is recognised without reading it.</param>
public sealed record FileRecord(string Sha256, long Bytes, long Modified);

/// <summary>
/// <c>manifest.json</c>: what a finished stage read, wrote and was told, by hash. It is written last, so a folder without one is unfinished.
/// Paths are relative to the manifest's folder, so that a run folder can be moved.
/// </summary>
public sealed record StageManifest
{
    /// <summary>The file's name in every stage's folder.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The stage's kind.</summary>
    public required string Stage { get; init; }

    /// <summary>The model it works on; null where it concerns none.</summary>
    public string? Model { get; init; }

    /// <summary>The stage's folder as the run names it: <c>models/pythia-a</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The command that makes the same again.</summary>
    public required string Command { get; init; }

    /// <summary>Hash over kind, settings and the content of the inputs.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>When the last stretch of work began, UTC, ISO 8601.</summary>
    public required string Started { get; init; }

    /// <summary>Wall-clock seconds of the last stretch of work.</summary>
    public required double Seconds { get; init; }

    /// <summary>How many times the work was taken up again after being cut short.</summary>
    public int Resumptions { get; init; }

    /// <summary>The settings in full.</summary>
    public required JsonObject Settings { get; init; }

    /// <summary>The seed, where the stage makes random choices.</summary>
    public long? Seed { get; init; }

    /// <summary>What was read.</summary>
    public required IReadOnlyDictionary<string, FileRecord> Inputs { get; init; }

    /// <summary>What was written.</summary>
    public required IReadOnlyDictionary<string, FileRecord> Outputs { get; init; }

    /// <summary>Versions of what did the work: castalia, its build, .NET, libtorch where it was loaded.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Reads a folder's manifest; null where there is none.</summary>
    /// <exception cref="InputException">The file is there but is not a manifest.</exception>
    public static StageManifest? Read(string folder)
    {
        string file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
            return null;
        try
        {
            return JsonSerializer.Deserialize<StageManifest>(File.ReadAllBytes(file), Json)
                ?? throw new JsonException("the file says null");
        }
        catch (JsonException e)
        {
            throw new InputException(file, e.LineNumber is { } line ? $"line {(line + 1).ToString(CultureInfo.InvariantCulture)}" : null,
                $"expected a stage's manifest: {e.Message}", "Delete the file to have the stage run again.", e);
        }
    }

    /// <summary>Writes the manifest into a folder, whole or not at all.</summary>
    public void Write(string folder) => AtomicFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");
}
