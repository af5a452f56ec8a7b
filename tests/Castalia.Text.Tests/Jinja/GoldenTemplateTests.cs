using System.Text.Json;
using Castalia.Testing;
using Castalia.Text.Jinja;
using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Tests.Jinja;

public sealed class GoldenTemplateTests
{
    public static TheoryData<string, string, string> Vectors()
    {
        var data = new TheoryData<string, string, string>();
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", "jinja.json")));
        foreach (JsonElement vector in file.RootElement.EnumerateArray())
        {
            data.Add(vector.GetProperty("template").GetString()!, vector.GetProperty("doc").GetRawText(),
                vector.GetProperty("out").GetString()!);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Renders_what_the_reference_renders(string template, string document, string expected)
    {
        using JsonDocument json = JsonDocument.Parse(document);
        var values = (IReadOnlyDictionary<string, object?>)PythonJson.FromElement(json.RootElement)!;
        Assert.Equal(expected, JinjaTemplate.Parse(template).Render(values));
    }
}
