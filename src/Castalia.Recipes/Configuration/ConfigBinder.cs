using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Castalia.Recipes.Configuration;

/// <summary>
/// Makes a record of a <see cref="ConfigNode"/>. What the configuration leaves out keeps the record's default; unknown keys, wrong
/// types and values out of range are refused with file, line, key and a suggestion.
/// </summary>
public static class ConfigBinder
{
    /// <summary>Binds a configuration to a record.</summary>
    /// <param name="node">What was read.</param>
    /// <param name="path">The dotted path of <paramref name="node"/>, empty for the whole file.</param>
    /// <typeparam name="T">A record with settable properties and a constructor without parameters.</typeparam>
    /// <exception cref="InputException">A key is unknown or missing, or a value is of the wrong type or out of range.</exception>
    public static T Bind<T>(ConfigNode node, string path = "") where T : class => (T)Bind(node, typeof(T), path)!;

    private static object? Bind(ConfigNode node, Type type, string path)
    {
        Type? underlying = Nullable.GetUnderlyingType(type);
        if (node is ConfigScalar { Value: null } && (underlying is not null || !type.IsValueType))
            return null;
        type = underlying ?? type;
        if (RecordShape.ListElement(type) is { } element)
            return BindList(node, element, path);
        if (RecordShape.MapValue(type) is { } value)
            return BindMap(node, value, path);
        if (type == typeof(string) || type.IsPrimitive || type.IsEnum)
            return BindScalar(node, type, path);
        return BindRecord(node, type, path);
    }

    private static object BindRecord(ConfigNode node, Type type, string path)
    {
        if (node is not ConfigMap map)
            throw node.Error(path, "expected keys and values.", $"Known: {string.Join(", ", RecordShape.Properties(type).Select(RecordShape.Key))}.");
        object record = Activator.CreateInstance(type)!;
        var properties = RecordShape.Properties(type).ToDictionary(RecordShape.Key);
        var seen = new HashSet<string>();
        foreach ((string rawKey, ConfigNode value) in map.Entries)
        {
            string key = rawKey.Replace('-', '_');
            string at = path.Length == 0 ? key : $"{path}.{key}";
            if (!properties.TryGetValue(key, out PropertyInfo? property))
                throw value.Error(at, $"unknown key '{rawKey}'.", NameSuggestion.Remedy(key, properties.Keys));
            seen.Add(key);
            object? bound = Bind(value, property.PropertyType, at);
            if (bound is null && !AllowsNull(property))
                continue; // an empty section keeps its defaults
            foreach (ValidationAttribute rule in property.GetCustomAttributes<ValidationAttribute>())
            {
                if (!rule.IsValid(bound))
                    throw value.Error(at, $"expected {Describe(rule)}, found {RecordShape.Show(bound)}.", "Choose a value in that range.");
            }
            property.SetValue(record, bound);
        }
        foreach ((string key, PropertyInfo property) in properties)
        {
            if (!seen.Contains(key) && property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null)
                throw node.Error(path.Length == 0 ? key : $"{path}.{key}", $"the key '{key}' is missing.", "Add it; it has no default.");
        }
        return record;
    }

    private static Array BindList(ConfigNode node, Type element, string path)
    {
        // A single value where a list is asked for is a list of one, as in the harness's task files.
        IReadOnlyList<ConfigNode> items = node is ConfigList list ? list.Items : [node];
        var array = Array.CreateInstance(element, items.Count);
        for (int i = 0; i < items.Count; i++)
            array.SetValue(Bind(items[i], element, $"{path}[{i}]"), i);
        return array;
    }

    private static object BindMap(ConfigNode node, Type value, string path)
    {
        if (node is not ConfigMap map)
            throw node.Error(path, "expected keys and values.", "Write one 'key: value' a line.");
        var bound = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), value))!;
        foreach ((string key, ConfigNode item) in map.Entries)
            bound[key] = Bind(item, value, $"{path}.{key}");
        return bound;
    }

    private static object BindScalar(ConfigNode node, Type type, string path)
    {
        if (node is not ConfigScalar { Value: { } text })
            throw node.Error(path, $"expected {ExpectedOf(type)}, found {(node is ConfigScalar ? "nothing" : node is ConfigList ? "a list" : "keys and values")}.", "Write a single value.");
        if (type == typeof(string))
            return text;
        if (type.IsEnum)
        {
            var names = RecordShape.EnumNames(type);
            foreach ((string name, object value) in names)
                if (ConfigMap.SameKey(name, text))
                    return value;
            throw node.Error(path, $"unknown value '{text}'.", NameSuggestion.Remedy(text, [.. names.Select(pair => pair.Name)]));
        }
        if (type == typeof(bool))
        {
            return text.ToLowerInvariant() switch
            {
                "true" or "yes" or "on" => true,
                "false" or "no" or "off" => false,
                _ => throw node.Error(path, $"expected true or false, found '{text}'.", "Write true or false."),
            };
        }
        try
        {
            string digits = text.Replace("_", "", StringComparison.Ordinal);
            if (type == typeof(double) || type == typeof(float))
                return System.Convert.ChangeType(double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture), type, CultureInfo.InvariantCulture);
            // 1e6 is how people write large counts.
            decimal number = decimal.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);
            if (number != decimal.Truncate(number))
                throw new FormatException();
            return System.Convert.ChangeType(number, type, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw node.Error(path, $"expected {ExpectedOf(type)}, found '{text}'.", "Correct the value.");
        }
    }

    private static bool AllowsNull(PropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is not null
        || new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;

    internal static string Describe(ValidationAttribute rule) => rule switch
    {
        RangeAttribute range => $"{RecordShape.Show(range.Minimum)} to {RecordShape.Show(range.Maximum)}",
        _ => rule.FormatErrorMessage("the value"),
    };

    private static string ExpectedOf(Type type) =>
        type == typeof(string) ? "text" : type == typeof(bool) ? "true or false" : type == typeof(double) || type == typeof(float) ? "a number" : type.IsEnum ? "a name" : "a whole number";
}
