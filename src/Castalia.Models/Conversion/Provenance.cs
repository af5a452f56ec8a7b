using System.Reflection;
using Castalia.Formats;

namespace Castalia.Models.Conversion;

/// <summary>A file that a model was made from.</summary>
/// <param name="Name">Its name in the model's folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its hash, lower-case hex.</param>
internal sealed record InputRecord(string Name, long Bytes, string Sha256);

/// <summary>Where a model comes from: its files by hash and, for a checkpoint of a training run, the run and the step.</summary>
internal sealed record Provenance
{
    private static readonly string[] Described = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "checkpoint.json"];

    /// <summary>The model's path as it was given.</summary>
    public required string Source { get; init; }

    /// <summary>Its files.</summary>
    public required IReadOnlyList<InputRecord> Inputs { get; init; }

    /// <summary>Updates made, where the model is a checkpoint.</summary>
    public int? Step { get; init; }

    /// <summary>Hash of the training's settings, where the model is a checkpoint.</summary>
    public string? OptionsHash { get; init; }

    /// <summary>The command that trained it, where its run has a manifest.</summary>
    public string? TrainedBy { get; init; }

    /// <summary>The run's fingerprint, where it has a manifest.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Versions of what did the work.</summary>
    public static IReadOnlyDictionary<string, string> Versions
    {
        get
        {
            Assembly castalia = typeof(Provenance).Assembly;
            return new Dictionary<string, string>
            {
                ["castalia"] = castalia.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? castalia.GetName().Version!.ToString(),
                ["dotnet"] = Environment.Version.ToString(),
                ["torchsharp"] = typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3),
            };
        }
    }

    /// <summary>Hashes a model's files and reads what its run says.</summary>
    public static Provenance Of(StoredModel model, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        string folder = Directory.Exists(model.Path) ? model.Path : Path.GetDirectoryName(Path.GetFullPath(model.Path))!;
        IEnumerable<string> files = model.Files.Concat(Described.Select(name => Path.Combine(folder, name))).Where(File.Exists).Distinct(StringComparer.Ordinal);
        var provenance = new Provenance
        {
            Source = model.Path,
            Inputs = [.. files.Select(file => new InputRecord(
                Path.GetRelativePath(folder, file).Replace('\\', '/'), new FileInfo(file).Length, ContentHash.OfFile(file, progress, cancellation)))],
        };
        string checkpoint = Path.Combine(folder, "checkpoint.json");
        if (!File.Exists(checkpoint))
            return provenance;
        ConfigJson record = ConfigJson.Read(checkpoint);
        provenance = provenance with { Step = record.Int("step", 0, int.MaxValue), OptionsHash = record.Text("options_hash", "") };
        // The stage's folder is that of the checkpoints' folder, or the one above.
        string? stage = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        for (int above = 0; stage is not null && above < 2; above++, stage = Path.GetDirectoryName(stage))
        {
            string manifest = Path.Combine(stage, "manifest.json");
            if (!File.Exists(manifest))
                continue;
            ConfigJson json = ConfigJson.Read(manifest);
            return provenance with { TrainedBy = json.Text("command", ""), Fingerprint = json.Text("fingerprint", "") };
        }
        return provenance;
    }
}
