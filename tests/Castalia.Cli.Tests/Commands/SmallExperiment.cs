using System.Text.Json;
using Castalia.Data;
using Castalia.Testing;

namespace Castalia.Cli.Tests.Commands;

/// <summary>A folder with a few hundred made-up documents and a recipe for two very small models.</summary>
internal sealed class SmallExperiment : IDisposable
{
    /// <summary>The stages that these tests are about.</summary>
    public static readonly string[] Stages = ["data", "tokenizer", "tokenize", "train"];

    private const string RecipeText = """
        name: small
        data:
          inputs: [docs.jsonl]
          validation_share: 0.1
          test_share: 0.05
        tokenizer:
          vocabulary_size: 320
        models:
          - {name: one, layers: 1, hidden_size: 16, heads: 2}
          - {name: two, layers: 2, hidden_size: 32, heads: 2}
        training:
          sequence_length: 32
          batch_size: 4
          steps: 40
          precision: fp32
          checkpoint_interval: 8
          validation_batches: 1
          resume_seconds: 0.05
          peak_teraflops: 0.1
        generate:
          prompts: ["a"]
          options: {max_new_tokens: 4}

        """;

    private readonly TemporaryFolder _folder = new();

    /// <summary>The experiment's folder, where the commands are given.</summary>
    public string Folder => _folder.Path;

    /// <summary>The run folder.</summary>
    public string Run => this["runs", "small"];

    public string this[params string[] parts] => _folder[parts];

    /// <summary>A fresh experiment: documents and recipe.</summary>
    public static SmallExperiment Create()
    {
        var experiment = new SmallExperiment();
        DocumentWriter.Write(experiment["docs.jsonl"], Documents());
        File.WriteAllText(experiment["recipe.yml"], RecipeText);
        return experiment;
    }

    /// <summary>The arguments that run the recipe's first four stages.</summary>
    public static string[] RunArguments(params string[] more) => ["run", "recipe.yml", .. Stages.SelectMany(stage => new[] { "--only", stage }), .. more];

    /// <summary>A copy of everything in another folder, with the files' times.</summary>
    public SmallExperiment Copy()
    {
        var copy = new SmallExperiment();
        foreach (string file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy.Folder, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
            File.SetLastWriteTimeUtc(target, File.GetLastWriteTimeUtc(file));
        }
        return copy;
    }

    /// <summary>Every file under its final name, with its time of writing and size. Locks, marks and files being written begin with a dot.</summary>
    public IReadOnlyDictionary<string, (DateTime Written, long Bytes)> Files(params string[] under)
    {
        string root = _folder[under];
        return !Directory.Exists(root) ? new Dictionary<string, (DateTime, long)>() : new DirectoryInfo(root).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetRelativePath(root, file.FullName), Info: file))
            .Where(file => !file.Name.Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.')))
            .ToDictionary(file => file.Name, file => (file.Info.LastWriteTimeUtc, file.Info.Length));
    }

    /// <summary>A value of a JSON file in the run folder, as text.</summary>
    public string Json(string file, string key)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Run, file)));
        return document.RootElement.GetProperty(key).ToString();
    }

    /// <summary>What must be the same in every run of the recipe, however often it was stopped.</summary>
    public IReadOnlyDictionary<string, string> Results()
    {
        var results = new Dictionary<string, string>();
        foreach (string file in new[] { "data/corpus.json", "tokenizer/tokenizer.json", "tokens/train.bin", "tokens/train.idx", "tokens/validation.bin" })
            results[file] = Formats.ContentHash.OfFile(Path.Combine(Run, file));
        foreach (string model in new[] { "one", "two" })
        {
            foreach (string key in new[] { "weights_hash", "metrics_hash", "validation_loss", "checkpoints" })
                results[$"{model} {key}"] = Json($"models/{model}/training.json", key);
            results[model + " weights"] = Formats.ContentHash.OfFile(Path.Combine(Run, "models", model, "checkpoints", "step40", "model.safetensors"));
        }
        return results;
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static IEnumerable<Document> Documents()
    {
        var random = new Random(2267);
        string[] words = [.. Enumerable.Range(0, 300).Select(_ => string.Concat(Enumerable.Range(0, random.Next(2, 8)).Select(_ => (char)random.Next('a', 'z' + 1))))];
        string[] sources = ["books", "web", "code"];
        for (int i = 0; i < 300; i++)
        {
            string text = string.Join(' ', Enumerable.Range(0, random.Next(20, 80)).Select(_ => words[random.Next(words.Length)]));
            yield return new Document(FormattableString.Invariant($"{i}"), text, sources[i % 3], "2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z");
        }
    }
}
