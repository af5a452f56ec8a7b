using System.Collections.Concurrent;
using System.Text.Json;
using Castalia.Testing;
using ZstdSharp;

namespace Castalia.Text.Tests;

/// <summary>The tokenizers and golden outputs under <c>tests/fixtures/tokenizers</c>, each read once.</summary>
internal static class TokenizerFixtures
{
    private static readonly ConcurrentDictionary<string, Tokenizer> Tokenizers = new();

    /// <summary>One of the published tokenizers: gpt2, gpt-neox-20b, dolma2.</summary>
    public static Tokenizer Load(string name) =>
        Tokenizers.GetOrAdd(name, static name => Tokenizer.Parse(Bytes($"{name}.tokenizer.json.zst"), name));

    /// <summary>The contents of a file, decompressed where it is compressed.</summary>
    public static byte[] Bytes(params string[] parts)
    {
        byte[] contents = File.ReadAllBytes(Fixtures.Path(["tokenizers", .. parts]));
        if (!parts[^1].EndsWith(".zst", StringComparison.Ordinal))
            return contents;
        using Decompressor decompressor = new();
        return decompressor.Unwrap(contents).ToArray();
    }

    /// <summary>The objects of a JSON-lines file.</summary>
    public static IEnumerable<JsonElement> Lines(params string[] parts) =>
        System.Text.Encoding.UTF8.GetString(Bytes(parts)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement);

    /// <summary>The strings that the golden outputs are of, by their ids.</summary>
    public static IReadOnlyDictionary<string, string> NastyStrings { get; } =
        Lines("golden", "nasty_inputs.jsonl").ToDictionary(line => line.GetProperty("id").GetString()!, line => line.GetProperty("text").GetString()!);
}
