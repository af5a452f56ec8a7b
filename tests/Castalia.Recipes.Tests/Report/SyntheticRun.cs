using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Castalia.Data;
using Castalia.Formats;
using Castalia.Recipes.Stages;
using Castalia.Training;

namespace Castalia.Recipes.Tests.Report;

/// <summary>A run folder with the files that an experiment leaves, made from a seed: curves of the shapes that such models have, without any model.</summary>
internal sealed class SyntheticRun(int seed, int models = 3, int checkpoints = 14)
{
    /// <summary>Text that is markup where it is taken for such. It stands in every place where a file can put text on the page.</summary>
    public const string Hostile = "</code></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`&amp;\u202E\u0007";

    public static readonly string[] Models = ["tiny", "small", "medium"];
    public static readonly long[] Parameters = [262_400, 1_181_184, 3_475_200];
    public static readonly long[] Checkpoints = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 700, 1000, 1400];
    public static readonly string[] Components =
    [
        "arxiv", "books", "dm_mathematics", "enron_irc", "europarl", "freelaw", "github_docs", "gutenberg", "nih_exporter", "openwebtext2",
        "philpapers", "pubmed_central", "stackexchange", "ubuntu_irc", "udhr", "us_speeches", "uspto", "wikipedia",
    ];
    public static readonly string[] Prompts = ["The meaning of life is", "In the beginning"];

    private const int Vocabulary = 4096;
    private const int TokensPerStep = 8192;
    private const int Layers = 6;
    private static readonly string[] BlimpParts = ["blimp_anaphor_gender_agreement", "blimp_causative", "blimp_npi_present_1", "blimp_wh_island"];

    private readonly Random _random = new(seed);
    private readonly long[] _checkpoints = Checkpoints[..checkpoints];

    public void Write(string folder)
    {
        Put(folder, "recipe.yml", "name: mini-pythia\n");
        WriteData(folder);
        for (int model = 0; model < models; model++)
        {
            WriteTraining(folder, model);
            WriteEvaluation(folder, model);
            WriteLens(folder, model);
            WriteGenerations(folder, model);
        }
        WriteManifests(folder);
    }

    /// <summary>The final loss that the models' curves approach: lower for larger ones.</summary>
    private static double Limit(int model) => 4.05 - 0.42 * model;

    private static double Loss(int model, double step) =>
        Limit(model) + (Math.Log(Vocabulary) - Limit(model)) / (1 + Math.Pow(step / (42 - 8 * model), 0.92));

    private static double Learned(int model, double step) => (Math.Log(Vocabulary) - Loss(model, step)) / (Math.Log(Vocabulary) - 3.0);

    private void WriteData(string folder)
    {
        double[] weights = [.. Components.Select(_ => Math.Pow(_random.NextDouble(), 2) + 0.03)];
        var reports = new List<ComponentReport>();
        for (int i = 0; i < Components.Length; i++)
        {
            long bytes = (long)(weights[i] * 1_900_000);
            long documents = Math.Max(3, bytes / 5400);
            double epochs = Math.Round(1 + 1.5 * _random.NextDouble(), 1);
            reports.Add(Component(Components[i], documents, bytes, epochs, (long)(bytes * epochs), 0));
        }
        long all = reports.Sum(r => r.Effective.Bytes);
        reports = [.. reports.Select(r => r with { Share = (double)r.Effective.Bytes / all })];
        ComponentReport total = Component("total", reports.Sum(r => r.Train.Documents), reports.Sum(r => r.Train.Bytes), (double)all / reports.Sum(r => r.Train.Bytes), all, 1);
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        Directory.CreateDirectory(Path.Combine(folder, "tokens"));
        new CorpusReport
        {
            SplitSalt = "castalia",
            Seed = 1234,
            ValidationShare = 0.01,
            TestShare = 0.01,
            DefaultEpochs = 1,
            Components = reports,
            Total = total,
        }.Save(Path.Combine(folder, "data"));
        var tokens = new SortedDictionary<string, TokenAmount>(StringComparer.Ordinal);
        foreach (ComponentReport report in reports)
            tokens[report.Name] = new TokenAmount(report.Effective.Documents, report.Effective.Bytes, (long)(report.Effective.Bytes / (2.8 + _random.NextDouble())));
        new TokensReport
        {
            TokenizerSha256 = Hash("tokenizer"),
            VocabularySize = Vocabulary,
            EndOfDocument = 0,
            ElementType = "uint16",
            Sets = [new PackedReport("train", tokens.Values.Aggregate((a, b) => a + b), tokens)],
        }.Save(Path.Combine(folder, "tokens"));
    }

    private static ComponentReport Component(string name, long documents, long bytes, double epochs, long effective, double share) => new()
    {
        Name = name,
        Read = new TextAmount(documents + 7, bytes + 9000),
        EmptyDocuments = 1,
        DuplicatesRemoved = new TextAmount(2, 2000),
        Train = new TextAmount(documents, bytes),
        Validation = new TextAmount(2, 3500),
        Test = new TextAmount(2, 3500),
        Epochs = epochs,
        Effective = new TextAmount((long)(documents * epochs), effective),
        Share = share,
    };

    private void WriteTraining(string folder, int model)
    {
        var lines = new StringBuilder();
        for (long step = 1; step <= _checkpoints[^1]; step++)
        {
            double loss = Loss(model, step - 1) + 0.09 * (_random.NextDouble() + _random.NextDouble() - 1);
            string validation = _checkpoints.Contains(step) ? Invariant($",\"validation_loss\":{Loss(model, step) + 0.03:R}") : "";
            lines.Append(Invariant($"{{\"step\":{step},\"tokens\":{step * TokensPerStep},\"loss\":{loss:R},\"lr\":0.001,\"grad_norm\":1.25,\"batch_hash\":\"{Hash($"batch {step}")}\"{validation},"))
                .Append(Invariant($"\"timing\":{{\"seconds\":0.05,\"tokens_per_second\":{TokensPerStep / 0.05:R},\"mfu\":0.4,\"tflops\":0.3,\"memory_bytes\":900000000}}}}\n"));
        }
        string name = Models[model];
        Put(folder, $"models/{name}/metrics.jsonl", lines.ToString());
        Put(folder, $"models/{name}/training.json", Result(model).ToJson());
    }

    private TrainingResult Result(int model) => new(
        Models[model], Parameters[model], Parameters[model] - 131_072, _checkpoints[^1], _checkpoints[^1] * TokensPerStep, Limit(model), null,
        Hash("weights " + Models[model]), Hash("metrics"), new TrainingOptions { Steps = _checkpoints[^1] }, _checkpoints,
        new TrainingTiming(70, 163_840, 0.4, 0.8, "measured", 900_000_000, 2));

    private void WriteEvaluation(string folder, int model)
    {
        foreach (long step in _checkpoints)
        {
            double learned = Learned(model, step);
            var results = new Dictionary<string, object>
            {
                ["lambada_openai"] = Metrics("lambada_openai", ("acc", 0.22 * learned * learned, 0.012), ("perplexity", Math.Exp(14.8 - 8.2 * learned), Math.Exp(12.4 - 8.2 * learned))),
                ["blimp"] = Metrics("blimp", ("acc", 0.5 + 0.19 * learned + Noise(0.006), 0.008)),
                ["arc_easy"] = Metrics("arc_easy", ("acc", 0.25 + 0.06 * learned + Noise(0.008), 0.014), ("acc_norm", 0.25 + 0.045 * learned + Noise(0.008), 0.014)),
            };
            foreach (string part in BlimpParts)
                results[part] = Metrics("  - " + part, ("acc", 0.5 + 0.2 * learned + Noise(0.05), 0.03));
            Put(folder, $"evaluation/{Models[model]}/step{Invariant($"{step}")}/results.json", CanonicalJson.ToText(new Dictionary<string, object>
            {
                ["results"] = results,
                ["groups"] = new Dictionary<string, object> { ["blimp"] = results["blimp"] },
                ["group_subtasks"] = new Dictionary<string, string[]> { ["blimp"] = BlimpParts, ["arc_easy"] = [] },
                ["higher_is_better"] = new Dictionary<string, object>
                {
                    ["lambada_openai"] = new Dictionary<string, bool> { ["acc"] = true, ["perplexity"] = false },
                    ["blimp"] = new Dictionary<string, bool> { ["acc"] = true },
                },
                ["n-samples"] = new Dictionary<string, object> { ["arc_easy"] = new { original = 2376, effective = 1000 } },
            }));
            WriteBits(folder, model, step);
        }
    }

    private void WriteBits(string folder, int model, long step)
    {
        var components = new Dictionary<string, object>();
        for (int i = 0; i < Components.Length; i++)
        {
            double start = 3.4 + 0.9 * Math.Sin(i * 1.7) + (Components[i] == "udhr" ? 2.2 : 0);
            components[Components[i]] = Bits(start * (1 - 0.52 * Learned(model, step) * (1 - 0.1 * Math.Cos(i))), 60_000 + i);
        }
        Put(folder, $"evaluation/{Models[model]}/step{Invariant($"{step}")}/bits_per_byte.json", CanonicalJson.ToText(new Dictionary<string, object>
        {
            ["model"] = Models[model],
            ["step"] = step,
            ["components"] = components,
            ["total"] = Bits(3.6 - 1.9 * Learned(model, step), 1_080_000),
        }));
    }

    private static object Bits(double value, long bytes) => new { BitsPerByte = value, Bytes = bytes, Tokens = bytes / 3, Documents = 11, Loglikelihood = -value * bytes * Math.Log(2) };

    private static Dictionary<string, object> Metrics(string alias, params (string Name, double Value, double Error)[] metrics)
    {
        var entry = new Dictionary<string, object> { ["alias"] = alias };
        foreach ((string name, double value, double error) in metrics)
            (entry[name + ",none"], entry[name + "_stderr,none"]) = (value, error);
        return entry;
    }

    private void WriteLens(string folder, int model)
    {
        int layers = Layers - 2 + model;
        foreach (long step in _checkpoints)
        {
            double learned = Learned(model, step);
            var read = new List<object>();
            for (int row = 0; row <= layers + 1; row++)
            {
                double depth = row / (layers + 1.0);
                double kl = row == layers + 1 ? 0 : 4.6 * learned * Math.Pow(1 - depth, 1.3) + Math.Abs(Noise(0.03));
                double entropy = Math.Log(Vocabulary) * (1 - 0.55 * learned * (0.35 + 0.65 * depth));
                read.Add(new
                {
                    Layer = row == 0 ? "embedding" : row == layers + 1 ? "final" : Invariant($"{row - 1}"),
                    Kl = kl,
                    Entropy = entropy,
                    RankMean = 2048 * Math.Exp(-3.2 * learned * depth),
                    RankMedian = Math.Max(1, Math.Round(2048 * Math.Exp(-5.2 * learned * depth))),
                    CrossEntropy = Loss(model, step) + kl,
                });
            }
            Put(folder, $"lens/{Models[model]}/step{Invariant($"{step}")}.json", CanonicalJson.ToText(new { Model = Models[model], Step = step, Tokens = 8192, Layers = read }));
        }
    }

    private void WriteGenerations(string folder, int model)
    {
        string[] words = ["the", "of", "and", "court", "a", "to", "which", "cell", "whereas", "theorem", "\n", "was", "protein", "said", "it", "in", "\"the", "king,", "function", "that"];
        var lines = new StringBuilder();
        foreach (long step in _checkpoints)
        {
            foreach (string prompt in Prompts)
            {
                int vocabulary = (int)Math.Clamp(1 + Learned(model, step) * words.Length, 1, words.Length);
                string text = step == 0
                    ? Hostile
                    : string.Concat(Enumerable.Range(0, 32).Select(_ => " " + words[_random.Next(vocabulary)]));
                lines.Append(CanonicalJson.ToLine(new { Model = Models[model], Step = step, Prompt = prompt, Continuation = text, Settings = new { Temperature = 0 } })).Append('\n');
            }
        }
        Put(folder, $"generations/{Models[model]}.jsonl", lines.ToString());
    }

    private void WriteManifests(string folder)
    {
        int minute = 0;
        void Manifest(string stage, string? model, string name, string command, double seconds, params string[] outputs) =>
            new StageManifest
            {
                Stage = stage,
                Model = model,
                Name = name,
                Command = command,
                Fingerprint = Hash(command),
                Started = Invariant($"2026-03-01T10:{minute++:00}:00Z"),
                Seconds = seconds,
                Seed = 1234,
                Settings = new JsonObject { ["steps"] = _checkpoints[^1], ["note"] = Hostile },
                Inputs = new Dictionary<string, FileRecord> { ["../recipe.yml"] = new(Hash("recipe"), 2100, 0) },
                Outputs = outputs.ToDictionary(output => output, output => new FileRecord(Hash(name + output), 1_048_576 + output.Length, 0)),
                Versions = new Dictionary<string, string> { ["castalia"] = "0.1.0", ["dotnet"] = "10.0.1", ["torch"] = "2.10.0" },
            }.Write(Directory.CreateDirectory(Path.Combine(folder, name)).FullName);
        Manifest("data", null, "data", "castalia data build --input data/mini-pile --output runs/mini-pythia/data", 6.2, "train.jsonl.zst", "corpus.json");
        Manifest("tokenizer", null, "tokenizer", "castalia tokenizer train --vocabulary 4096", 14.8, "tokenizer.json");
        Manifest("tokenize", null, "tokens", "castalia tokenize --data runs/mini-pythia/data", 3.1, "train.bin", "train.idx", "tokens.json");
        for (int model = 0; model < models; model++)
        {
            string name = Models[model];
            string[] weights = [.. _checkpoints.Select(step => Invariant($"checkpoints/step{step}/model.safetensors"))];
            Manifest("train", name, "models/" + name, $"castalia train --model {name} --tokens runs/mini-pythia/tokens", 61.4 + 40 * model, [.. weights, "metrics.jsonl"]);
            Manifest("eval", name, "evaluation/" + name, $"castalia eval --model {name} --tasks lambada_openai,blimp,arc_easy", 21.5 + 9 * model, "step1400/results.json");
            Manifest("lens", name, "lens/" + name, $"castalia lens --model {name} --tokens 8192", 4.4 + model, "step1400.json");
            Manifest("generate", name, "generations/" + name, $"castalia generate --model {name} --prompt '{Hostile}'", 2.2, "generations.jsonl");
        }
    }

    private double Noise(double size) => size * (_random.NextDouble() + _random.NextDouble() - 1);

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Put(string folder, string name, string content)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
