using System.Reflection;
using System.Xml.Linq;
using Castalia.Testing;

namespace Castalia.Cli.Tests;

/// <summary>The floors of docs/architecture.md: imports run downward only, and each outside library stays on the floors meant for it.</summary>
public sealed class FloorTests
{
    // From the top of the house to the ground.
    private static readonly string[] Floors =
    [
        "Castalia.Cli", "Castalia.Recipes", "Castalia.Serving", "Castalia.Interpretability", "Castalia.Evaluation", "Castalia.Training",
        "Castalia.Models", "Castalia.Tensors", "Castalia.Data", "Castalia.Text", "Castalia.Formats",
    ];

    // Which floors may know an outside assembly; all others must not.
    private static readonly Dictionary<string, string[]> Confined = new()
    {
        ["TorchSharp"] = [.. Floors.TakeWhile(floor => floor != "Castalia.Data")],
        ["System.Console"] = ["Castalia.Cli"],
        ["Spectre.Console"] = ["Castalia.Cli"],
        ["System.CommandLine"] = ["Castalia.Cli"],
        ["Microsoft.AspNetCore"] = ["Castalia.Serving"],
        ["System.Net.Http"] = ["Castalia.Evaluation"], // models behind a server of OpenAI's kind
    };

    public static TheoryData<string> Projects => [.. Floors];

    [Fact]
    public void Every_project_of_the_house_stands_on_a_floor() =>
        Assert.Equal(Floors.Order(StringComparer.Ordinal),
            Directory.GetDirectories(Path.Combine(Fixtures.RepositoryRoot, "src")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_floors_below(string project)
    {
        XDocument file = XDocument.Load(Path.Combine(Fixtures.RepositoryRoot, "src", project, project + ".csproj"));
        foreach (string reference in file.Descendants("ProjectReference").Select(element => Path.GetFileNameWithoutExtension(element.Attribute("Include")!.Value)))
            Assert.True(Array.IndexOf(Floors, reference) > Array.IndexOf(Floors, project), $"{project} refers to {reference}, which is not below it.");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void An_outside_library_is_known_only_where_it_belongs(string project)
    {
        string name = project == "Castalia.Cli" ? "castalia" : project;
        foreach (string reference in Assembly.Load(name).GetReferencedAssemblies().Select(assembly => assembly.Name!))
            foreach ((string library, string[] allowed) in Confined)
                Assert.False(reference.StartsWith(library, StringComparison.Ordinal) && !allowed.Contains(project), $"{project} knows {reference}, which belongs to: {string.Join(", ", allowed)}.");
    }
}
