using System.Text;

namespace Castalia.Recipes.Report;

/// <summary>What Python writes into JSON for numbers that JSON does not have: bare <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>.</summary>
internal static class PythonNumbers
{
    private static readonly string[] Names = ["NaN", "-Infinity", "Infinity"];

    /// <summary>The same JSON with these numbers as strings, as <see cref="Formats.CanonicalJson"/> has them. Text in strings stays as it is.</summary>
    public static string Quoted(string json)
    {
        if (!Names.Any(name => json.Contains(name, StringComparison.Ordinal)))
            return json;
        var quoted = new StringBuilder(json.Length + 64);
        bool text = false;
        for (int i = 0; i < json.Length; i++)
        {
            string? name = text ? null : Array.Find(Names, name => string.CompareOrdinal(json, i, name, 0, name.Length) == 0);
            if (name is not null)
            {
                quoted.Append('"').Append(name).Append('"');
                i += name.Length - 1;
                continue;
            }
            quoted.Append(json[i]);
            if (text && json[i] == '\\' && i + 1 < json.Length)
                quoted.Append(json[++i]);
            else if (json[i] == '"')
                text = !text;
        }
        return quoted.ToString();
    }
}
