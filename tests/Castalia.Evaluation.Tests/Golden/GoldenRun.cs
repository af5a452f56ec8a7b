using System.IO.Compression;
using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Golden;

/// <summary>A run of the reference harness over its fake model: whole-run values, and the first documents one by one.</summary>
internal sealed class GoldenRun : IDisposable
{
    private readonly JsonDocument _result;

    public GoldenRun(string name)
    {
        _result = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "golden", name + ".result.json")));
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Fixtures.Path("eval", "golden", name + ".jsonl.gz")), CompressionMode.Decompress));
        Documents = [];
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            Documents.Add(document.RootElement.Clone());
        }
    }

    /// <summary>The whole run.</summary>
    public JsonElement Result => _result.RootElement;

    /// <summary>One object a document.</summary>
    public List<JsonElement> Documents { get; }

    /// <summary>The tasks that ship with the repository.</summary>
    public static TaskLibrary Library { get; } = TaskLibrary.Open(Path.Combine(Fixtures.RepositoryRoot, "tasks"));

    /// <summary>Runs the same tasks with the same options over our own copy of the fake model.</summary>
    public EvaluationResult Run(EvaluationOptions options) =>
        Evaluator.Evaluate(EvaluationPlan.Build(Library.Load(Result.GetProperty("task").GetString()!), options), new Sha256LanguageModel());

    public void Dispose() => _result.Dispose();
}
