using System.IO.Compression;
using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Golden;

/// <summary>A run of the reference harness over its fake model: whole-run values, and documents one by one.</summary>
internal sealed class GoldenRun : IDisposable
{
    private readonly GoldenFiles _files;
    private readonly JsonDocument _result;

    public GoldenRun(GoldenFiles files, string name)
    {
        _files = files;
        Name = name;
        _result = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(files.Golden, name + ".result.json")));
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(files.Golden, name + ".jsonl.gz")), CompressionMode.Decompress));
        Documents = [];
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            Documents.Add(document.RootElement.Clone());
        }
    }

    /// <summary>Task, shots and variant, as its files are called.</summary>
    public string Name { get; }

    /// <summary>The whole run.</summary>
    public JsonElement Result => _result.RootElement;

    /// <summary>One object a document and pipeline of filters: all documents of a task that generates, the first ones of any other.</summary>
    public List<JsonElement> Documents { get; }

    /// <summary>The tasks that ship with the repository.</summary>
    public static TaskLibrary Library { get; } = TaskLibrary.Open(Path.Combine(Fixtures.RepositoryRoot, "tasks"));

    /// <summary>The data sets that ship with the repository.</summary>
    public static DatasetLibrary Datasets { get; } = new() { Folders = [GoldenFiles.Repository.Data] };

    /// <summary>What the reference was asked to do.</summary>
    public EvaluationOptions Options
    {
        get
        {
            JsonElement options = Result.GetProperty("options");
            bool Is(string name) => options.TryGetProperty(name, out JsonElement value) && value.GetBoolean();
            return new EvaluationOptions
            {
                NumFewshot = Result.GetProperty("num_fewshot_arg") is { ValueKind: JsonValueKind.Number } shots ? shots.GetInt32() : null,
                Limit = Result.GetProperty("limit") is { ValueKind: JsonValueKind.Number } limit ? limit.GetDouble() : null,
                FewshotSeed = options.TryGetProperty("fewshot_random_seed", out JsonElement seed) ? seed.GetInt64() : 1234,
                SystemInstruction = options.TryGetProperty("system_instruction", out JsonElement system) ? system.GetString() : null,
                Chat = Is("apply_chat_template") ? new Sha256LanguageModel().Chat(null) : null,
                FewshotAsMultiturn = Is("fewshot_as_multiturn"),
                PredictOnly = IsUnscored,
                BootstrapIterations = Result.GetProperty("bootstrap_iters").GetInt32(),
                Datasets = new DatasetLibrary { Folders = [_files.Data], StandIns = true },
            };
        }
    }

    /// <summary>Whether scoring would run what a model wrote, which is not done here: answers and prompts are compared, values are not.</summary>
    public bool IsUnscored => Result.GetProperty("options").TryGetProperty("confirm_run_unsafe_code", out JsonElement unsafeCode) && unsafeCode.GetBoolean();

    /// <summary>Runs the same tasks with the same options over our own copy of the fake model.</summary>
    public EvaluationResult Run()
    {
        var plan = EvaluationPlan.Build(Library.Load(Result.GetProperty("task").GetString()!), Options);
        return Evaluator.Evaluate(plan, new GoldenModel(plan, Documents));
    }

    public void Dispose() => _result.Dispose();
}
