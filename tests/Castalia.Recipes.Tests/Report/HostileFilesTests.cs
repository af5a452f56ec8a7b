using System.Text.Json.Nodes;
using Castalia.Recipes.Report;
using Castalia.Testing;

namespace Castalia.Recipes.Tests.Report;

/// <summary>Files with one value wrong: the report is made all the same, or the file is named; it never falls over.</summary>
public sealed class HostileFilesTests
{
    private static readonly Func<JsonNode?>[] Wrong =
    [
        () => null,
        () => new JsonArray(),
        () => new JsonArray((JsonNode?)null),
        () => new JsonObject(),
        () => new JsonObject { ["x"] = null },
        () => JsonValue.Create("text"),
        () => JsonValue.Create("NaN"),
        () => JsonValue.Create(-1e300),
        () => JsonValue.Create(0),
        () => JsonValue.Create(true),
    ];

    [Theory]
    [InlineData("data/corpus.json", 12)]
    [InlineData("tokens/tokens.json", 12)]
    [InlineData("models/tiny/training.json", 30)]
    [InlineData("models/tiny/metrics.jsonl", 30)]
    [InlineData("models/tiny/manifest.json", 40)]
    [InlineData("evaluation/tiny/step2/results.json", 30)]
    [InlineData("evaluation/tiny/step2/bits_per_byte.json", 12)]
    [InlineData("lens/tiny/step2.json", 16)]
    [InlineData("generations/tiny.jsonl", 12)]
    public void One_wrong_value_is_tolerated_or_named(string file, int most)
    {
        using var folder = new TemporaryFolder();
        new SyntheticRun(seed: 5, models: 1, checkpoints: 3).Write(folder.Path);
        string path = Path.Combine(folder.Path, file);
        string whole = File.ReadAllText(path);
        bool lines = path.EndsWith(".jsonl", StringComparison.Ordinal);
        string first = lines ? whole[..whole.IndexOf('\n')] : whole;
        string rest = lines ? whole[first.Length..] : "";
        int values = Values(JsonNode.Parse(first)!).Count;
        for (int i = 0; i < Math.Min(values, most); i++)
        {
            foreach (Func<JsonNode?> wrong in Wrong)
            {
                JsonNode root = JsonNode.Parse(first)!;
                Values(root)[i](wrong());
                File.WriteAllText(path, root.ToJsonString() + rest);
                try
                {
                    Assert.StartsWith("<!DOCTYPE html>", ReportBuilder.Render(RunFolder.Read(folder.Path)));
                }
                catch (InputException error)
                {
                    Assert.EndsWith(file, error.File);
                }
            }
        }
    }

    /// <summary>For every value in a JSON tree, outer ones first, what replaces it.</summary>
    private static List<Action<JsonNode?>> Values(JsonNode root)
    {
        var values = new List<Action<JsonNode?>>();
        var open = new Queue<JsonNode>([root]);
        while (open.TryDequeue(out JsonNode? node))
        {
            if (node is JsonObject fields)
            {
                foreach ((string name, JsonNode? child) in fields.ToArray())
                {
                    values.Add(value => fields[name] = value);
                    if (child is not null)
                        open.Enqueue(child);
                }
            }
            else if (node is JsonArray items)
            {
                for (int i = 0; i < items.Count; i++)
                {
                    int at = i;
                    values.Add(value => items[at] = value);
                    if (items[i] is { } child)
                        open.Enqueue(child);
                }
            }
        }
        return values;
    }
}
