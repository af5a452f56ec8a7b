using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Castalia.Recipes.Configuration;

/// <summary>What the XML documentation beside an assembly says of a property or type: the one text that help pages and schemas quote.</summary>
public static partial class RecordDocs
{
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, string>> Cache = new();

    /// <summary>The summary of a property, as plain text; empty where there is none.</summary>
    public static string Of(PropertyInfo property)
    {
        var members = Cache.GetOrAdd(property.DeclaringType!.Assembly, Read);
        string type = TypeName(property.DeclaringType!);
        if (members.TryGetValue($"P:{type}.{property.Name}", out string? summary))
            return summary;
        return members.GetValueOrDefault($"A:{type}.{property.Name}", "");
    }

    /// <summary>The summary of a type, as plain text; empty where there is none.</summary>
    public static string Of(Type type) => Cache.GetOrAdd(type.Assembly, Read).GetValueOrDefault($"T:{TypeName(type)}", "");

    private static string TypeName(Type type) => type.FullName!.Replace('+', '.');

    private static Dictionary<string, string> Read(Assembly assembly)
    {
        var texts = new Dictionary<string, string>();
        string file = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml");
        if (!File.Exists(file))
            return texts;
        using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        foreach (XElement member in XDocument.Load(reader).Descendants("member"))
        {
            string name = member.Attribute("name")!.Value;
            if (member.Element("summary") is { } summary)
                texts[name] = Plain(summary);
            // A positional record documents its properties as parameters of the type.
            if (name.StartsWith("T:", StringComparison.Ordinal))
                foreach (XElement parameter in member.Elements("param"))
                    texts[$"A:{name[2..]}.{parameter.Attribute("name")!.Value}"] = Plain(parameter);
        }
        return texts;
    }

    private static string Plain(XElement element)
    {
        string text = string.Concat(element.Nodes().Select(node => node switch
        {
            XText plain => plain.Value,
            XElement { Name.LocalName: "see" or "seealso" } see => (see.Attribute("cref") ?? see.Attribute("langword") ?? see.Attribute("href"))?.Value.Split(':', '.')[^1] ?? "",
            XElement { Name.LocalName: "paramref" } reference => reference.Attribute("name")?.Value ?? "",
            XElement other => other.Value,
            _ => "",
        }));
        return Whitespace().Replace(text, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
