using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;

namespace Castalia.Recipes.Configuration;

/// <summary>Writes a configuration record: as YAML that <see cref="ConfigBinder"/> reads back to an equal record, or as JSON for a manifest.</summary>
public static class ConfigWriter
{
    /// <summary>The record as YAML, every key spelled out; what is null is left out.</summary>
    public static string ToYaml(object record)
    {
        var text = new StringBuilder();
        Write(text, ToJson(record), 0);
        return text.ToString();
    }

    /// <summary>The record as JSON with the keys and values of its YAML form.</summary>
    public static JsonObject ToJson(object record)
    {
        var json = new JsonObject();
        foreach (PropertyInfo property in RecordShape.Properties(record.GetType()))
            if (property.GetValue(record) is { } value)
                json[RecordShape.Key(property)] = Node(value);
        return json;
    }

    private static JsonNode Node(object value)
    {
        switch (value)
        {
            case string or Enum:
                return JsonValue.Create(RecordShape.Show(value));
            case bool flag:
                return JsonValue.Create(flag);
            case double or float:
                return JsonValue.Create(Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture));
            case IConvertible number when value.GetType().IsPrimitive:
                return JsonValue.Create(number.ToInt64(System.Globalization.CultureInfo.InvariantCulture));
            case IDictionary map:
                var entries = new JsonObject();
                foreach (string key in map.Keys.Cast<string>().Order(StringComparer.Ordinal))
                    entries[key] = Node(map[key]!);
                return entries;
            case IEnumerable list:
                return new JsonArray([.. list.Cast<object>().Select(Node)]);
            default:
                return ToJson(value);
        }
    }

    private static void Write(StringBuilder text, JsonObject map, int indent)
    {
        foreach ((string key, JsonNode? value) in map)
        {
            text.Append(' ', indent).Append(Scalar(key)).Append(':');
            switch (value)
            {
                case JsonObject { Count: > 0 } inner:
                    text.Append('\n');
                    Write(text, inner, indent + 2);
                    break;
                case JsonArray { Count: > 0 } list:
                    text.Append('\n');
                    foreach (JsonNode? item in list)
                    {
                        // JSON is YAML: an item of several keys stands in flow style on its line.
                        text.Append(' ', indent + 2).Append("- ").Append(item is JsonValue ? Scalar(item) : item!.ToJsonString()).Append('\n');
                    }
                    break;
                case JsonObject:
                    text.Append(" {}\n");
                    break;
                case JsonArray:
                    text.Append(" []\n");
                    break;
                default:
                    text.Append(' ').Append(Scalar(value)).Append('\n');
                    break;
            }
        }
    }

    private static string Scalar(JsonNode? value) =>
        value is JsonValue json && json.TryGetValue(out string? word) ? Scalar(word) : value?.ToJsonString() ?? "null";

    private static string Scalar(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/') && char.IsAsciiLetter(word[0]) && word is not ("null" or "true" or "false")
            ? word : JsonValue.Create(word).ToJsonString(StageJson);

    private static readonly System.Text.Json.JsonSerializerOptions StageJson = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
