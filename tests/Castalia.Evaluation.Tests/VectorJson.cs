using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests;

/// <summary>Reads vectors of single functions of the harness as values of Python's.</summary>
internal static class VectorJson
{
    /// <summary>A file of vectors.</summary>
    public static JsonElement Read(string name) => JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", name))).RootElement;

    /// <summary>A value of Python's.</summary>
    public static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => Row(element),
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToArray(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? (object)whole : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>A dictionary of Python's.</summary>
    public static IReadOnlyDictionary<string, object?> Row(JsonElement element)
    {
        var row = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject())
            row[property.Name] = Value(property.Value);
        return row;
    }

    /// <summary>Texts of a list.</summary>
    public static string[] Texts(JsonElement element) => [.. element.EnumerateArray().Select(item => item.GetString()!)];
}
