using System.Text.Json;
using System.Text.Json.Serialization;
using Castalia.Data;
using Castalia.Formats;
using Castalia.Interpretability;
using Castalia.Training;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Castalia.Recipes.Report;

/// <summary>Reads a run folder for its report, however much of it is there yet.</summary>
public static class RunFolder
{
    private const int LongestRecipe = 4 << 20;
    private const int LongestGenerations = 256 << 20;

    /// <summary>Reads a run folder. Parts that are missing are left out; files that are there have to be right.</summary>
    /// <param name="path">The run folder.</param>
    /// <exception cref="InputException">There is no such folder, nothing in it is of a run, or a file in it is not what its name says.</exception>
    public static ReportInput Read(string path)
    {
        if (!Directory.Exists(path))
            throw new InputException(path, null, "there is no such folder.", "Name a run folder, as 'castalia run' writes it.");
        string data = Path.Combine(path, "data");
        string tokens = Path.Combine(path, "tokens");
        var input = new ReportInput
        {
            Folder = path,
            Name = NameOf(path),
            Models =
            [
                .. ModelNames(path).Select(name => ReadModel(path, name))
                    .OrderBy(model => model.Parameters ?? long.MaxValue)
                    .ThenBy(model => model.Name, StringComparer.Ordinal),
            ],
            Corpus = ReadCorpus(data),
            Tokens = ReadTokens(tokens),
            Stages = StageManifests.ReadAll(path),
        };
        if (input.Models.Count == 0 && input.Corpus is null && input.Tokens is null && input.Stages.Count == 0)
        {
            throw new InputException(path, null, "expected a run folder with data, tokens, models or manifests, found none of them.",
                "Name a run folder, as 'castalia run' writes it.");
        }
        return input;
    }

    private static CorpusReport? ReadCorpus(string folder)
    {
        string file = Path.Combine(folder, CorpusReport.FileName);
        if (!File.Exists(file))
            return null;
        CorpusReport report = CorpusReport.Load(folder);
        return report is { Components: not null, Total: not null } && report.Components.All(component => component?.Name is not null)
            ? report
            : throw new InputException(file, null, "expected the report of a corpus, found null in place of one of its parts.", "Build the corpus again.");
    }

    private static TokensReport? ReadTokens(string folder)
    {
        string file = Path.Combine(folder, TokensReport.FileName);
        if (!File.Exists(file))
            return null;
        TokensReport report = TokensReport.Load(folder);
        return report.Sets is not null && report.Sets.All(set => set is { Name: not null, Components: not null })
            ? report
            : throw new InputException(file, null, "expected the report of packed tokens, found null in place of one of its parts.", "Pack the tokens again.");
    }

    private static ModelRun ReadModel(string path, string name)
    {
        string folder = Path.Combine(path, "models", name);
        string metrics = Path.Combine(folder, "metrics.jsonl");
        string training = Path.Combine(folder, "training.json");
        TrainingResult? result = File.Exists(training) ? TrainingResult.Read(training) : null;
        string evaluation = Path.Combine(path, "evaluation", name);
        return new ModelRun
        {
            Name = name,
            Parameters = result?.Parameters,
            WeightsHash = result?.WeightsHash,
            Loss = File.Exists(metrics) ? LossCurve.Read(metrics) : null,
            Scores = EvaluationFiles.ReadScores(evaluation),
            Bits = EvaluationFiles.ReadBits(evaluation),
            Lens = ReadLens(Path.Combine(path, "lens", name)),
            Continuations = ReadContinuations(path, name),
        };
    }

    private static List<CheckpointLens> ReadLens(string folder)
    {
        var checkpoints = new List<CheckpointLens>();
        foreach ((long step, string file) in CheckpointFolders.Files(folder, ".json"))
        {
            LensReport content = LensReport.Load(file);
            checkpoints.Add(new CheckpointLens(step, content.Tokens, [.. (content.Layers ?? []).Where(layer => layer?.Layer is not null)]));
        }
        return checkpoints;
    }

    private static List<Continuation> ReadContinuations(string path, string name)
    {
        string beside = Path.Combine(path, "generations", name + ".jsonl");
        string inside = Path.Combine(path, "generations", name, "generations.jsonl");
        string file = File.Exists(beside) ? beside : inside;
        var continuations = new List<Continuation>();
        if (!File.Exists(file))
            return continuations;
        int number = 0;
        foreach (string line in InputFile.ReadAllText(file, LongestGenerations).Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                GenerationLine read = JsonSerializer.Deserialize<GenerationLine>(line, CanonicalJson.Line) ?? throw new JsonException("the line says null");
                continuations.Add(new Continuation(read.Step, read.Prompt ?? "", read.Continuation ?? ""));
            }
            catch (JsonException exception)
            {
                throw new InputException(file, FormattableString.Invariant($"line {number}"), $"expected a continuation: {exception.Message}",
                    "Delete the file and generate again.", exception);
            }
        }
        return continuations;
    }

    private static IEnumerable<string> ModelNames(string path)
    {
        string generations = Path.Combine(path, "generations");
        return new[] { "models", "evaluation", "lens", "generations" }
            .Select(kind => Path.Combine(path, kind))
            .Where(Directory.Exists)
            .SelectMany(Directory.GetDirectories)
            .Select(folder => Path.GetFileName(folder))
            .Concat(Directory.Exists(generations) ? Directory.GetFiles(generations, "*.jsonl").Select(file => Path.GetFileNameWithoutExtension(file)) : [])
            .Distinct();
    }

    // The resolved recipe names the experiment; without one the folder does.
    private static string NameOf(string path)
    {
        string file = Path.Combine(path, "recipe.yml");
        string folder = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (!File.Exists(file))
            return folder;
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(InputFile.ReadAllText(file, LongestRecipe)));
            return yaml.Documents.Count > 0
                && yaml.Documents[0].RootNode is YamlMappingNode root
                && root.Children.TryGetValue(new YamlScalarNode("name"), out YamlNode? name)
                && name is YamlScalarNode { Value.Length: > 0 } scalar ? scalar.Value : folder;
        }
        catch (YamlException exception)
        {
            throw new InputException(file, FormattableString.Invariant($"line {exception.Start.Line}"), $"expected a recipe: {exception.Message}",
                "Run the recipe again, which writes the file anew.", exception);
        }
    }

    private sealed record GenerationLine(
        [property: JsonRequired] long Step,
        string? Prompt,
        string? Continuation);
}
