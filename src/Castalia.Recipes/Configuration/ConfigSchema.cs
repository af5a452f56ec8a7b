using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Castalia.Recipes.Configuration;

/// <summary>Writes the JSON schema (draft 2020-12) of a configuration record, with defaults and descriptions, for editors that complete and check YAML.</summary>
public static class ConfigSchema
{
    /// <summary>The schema of a record.</summary>
    /// <param name="record">The record's type.</param>
    /// <param name="title">The schema's title.</param>
    public static JsonObject Of(Type record, string title)
    {
        JsonObject schema = OfRecord(record);
        var root = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = title };
        foreach ((string key, JsonNode? value) in schema)
            root[key] = value?.DeepClone();
        ((JsonObject)root["properties"]!).Insert(0, "include", new JsonObject
        {
            ["description"] = "A file, or a list of files, whose keys hold where this file says nothing.",
            ["type"] = new JsonArray("string", "array"),
            ["items"] = new JsonObject { ["type"] = "string" },
        });
        return root;
    }

    private static JsonObject OfRecord(Type type)
    {
        object defaults = Activator.CreateInstance(type)!;
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (PropertyInfo property in RecordShape.Properties(type))
        {
            string key = RecordShape.Key(property);
            JsonObject schema = OfType(property.PropertyType);
            string description = RecordDocs.Of(property);
            if (description.Length > 0)
                schema["description"] = description;
            foreach (RangeAttribute range in property.GetCustomAttributes<RangeAttribute>())
            {
                schema["minimum"] = JsonValue.Create(Convert.ToDouble(range.Minimum, System.Globalization.CultureInfo.InvariantCulture));
                schema["maximum"] = JsonValue.Create(Convert.ToDouble(range.Maximum, System.Globalization.CultureInfo.InvariantCulture));
            }
            if (property.GetCustomAttribute<RequiredMemberAttribute>() is not null)
                required.Add(key);
            else if (Scalar(property.GetValue(defaults)) is { } value)
                schema["default"] = value;
            properties[key] = schema;
        }
        var record = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        string summary = RecordDocs.Of(type);
        if (summary.Length > 0)
            record["description"] = summary;
        if (required.Count > 0)
            record["required"] = required;
        return record;
    }

    private static JsonObject OfType(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (RecordShape.ListElement(type) is { } element)
            return new JsonObject { ["type"] = "array", ["items"] = OfType(element) };
        if (RecordShape.MapValue(type) is { } value)
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = OfType(value) };
        if (type.IsEnum)
            return new JsonObject { ["enum"] = new JsonArray([.. RecordShape.EnumNames(type).Select(pair => JsonValue.Create(pair.Name))]) };
        if (type == typeof(string))
            return new JsonObject { ["type"] = "string" };
        if (type == typeof(bool))
            return new JsonObject { ["type"] = "boolean" };
        if (type == typeof(double) || type == typeof(float))
            return new JsonObject { ["type"] = "number" };
        return type.IsPrimitive ? new JsonObject { ["type"] = "integer" } : OfRecord(type);
    }

    private static JsonNode? Scalar(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        Enum => JsonValue.Create(RecordShape.Show(value)),
        double or float => JsonValue.Create(Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)),
        IConvertible number when value.GetType().IsPrimitive => JsonValue.Create(number.ToInt64(System.Globalization.CultureInfo.InvariantCulture)),
        _ => null,
    };
}
