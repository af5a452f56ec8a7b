using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Brings a list of named entities into the one form that is compared, the harness's <c>format_span</c> (MasakhaNER).</summary>
internal static class NamedEntitySpans
{
    // In the harness's order: a later name is looked for in what the earlier ones left.
    private static readonly (string Name, string Label)[] Labels =
    [
        ("person", "PER"), ("location", "LOC"), ("organization", "ORG"), ("counties", "LOC"), ("places", "LOC"), ("people", "PER"),
        ("persons", "PER"), ("company", "ORG"), ("country", "LOC"), ("continent", "LOC"), ("time", "DATE"), ("date", "DATE"),
        ("per", "PER"), ("loc", "LOC"), ("org", "ORG"),
    ];

    /// <summary>The entities as <c>label: name $ label: name</c>.</summary>
    public static string Format(string answer)
    {
        string text = PythonString.Lower(answer);
        foreach ((string name, string label) in Labels)
            text = text.Replace(name, label, StringComparison.Ordinal);
        text = PythonString.RightStrip(text.Replace("$$", "$", StringComparison.Ordinal), "$");
        text = PythonString.Strip(text.Replace('\n', '$'));
        var entities = new List<string>();
        foreach (object? match in PythonRegex.FindAll(text, @"\b(PER|LOC|ORG|DATE):\s*([^$]+)"))
        {
            var groups = (IReadOnlyList<object?>)match!;
            foreach (string part in ((string)groups[1]!).Split(','))
            {
                string entity = PythonString.Strip(part);
                if (PythonString.Lower(entity) != "none")
                    entities.Add($"{PythonString.Lower((string)groups[0]!)}: {entity}");
            }
        }
        return string.Join(" $ ", entities);
    }
}
