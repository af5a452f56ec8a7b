using System.Reflection;
using System.Runtime.CompilerServices;

namespace Castalia.Recipes.Configuration;

/// <summary>One key of a configuration record, as a command line offers it.</summary>
/// <param name="Name">The key: <c>hidden_size</c>.</param>
/// <param name="Takes">What a value looks like: <c>number</c>, <c>true|false</c>, or the names to choose from.</param>
/// <param name="Default">The value where nothing is said; null where there is none.</param>
/// <param name="IsList">Whether several values may be given.</param>
/// <param name="Property">The record's property.</param>
public sealed record ConfigKey(string Name, string Takes, string? Default, bool IsList, PropertyInfo Property)
{
    /// <summary>What the record's documentation says of it. Read from disk on first use.</summary>
    public string Description => RecordDocs.Of(Property);

    /// <summary>The keys of a record that hold single values or lists of them; nested records are left out.</summary>
    public static IReadOnlyList<ConfigKey> Of(Type record)
    {
        object defaults = RuntimeHelpers.GetUninitializedObject(record);
        if (record.GetConstructor(Type.EmptyTypes) is { } constructor)
            defaults = constructor.Invoke(null);
        var keys = new List<ConfigKey>();
        foreach (PropertyInfo property in RecordShape.Properties(record))
        {
            Type? element = RecordShape.ListElement(property.PropertyType);
            Type type = Nullable.GetUnderlyingType(element ?? property.PropertyType) ?? element ?? property.PropertyType;
            if (!(type == typeof(string) || type.IsPrimitive || type.IsEnum))
                continue;
            string takes = type == typeof(bool) ? "true|false" : type.IsEnum ? string.Join('|', RecordShape.EnumNames(type).Select(pair => pair.Name)) : type == typeof(string) ? "text" : "number";
            object? value = property.GetValue(defaults);
            keys.Add(new ConfigKey(RecordShape.Key(property), takes, value is null || element is not null ? null : RecordShape.Show(value), element is not null, property));
        }
        return keys;
    }
}
