using Castalia.Cli.Tests.Commands;
using Castalia.Testing;

namespace Castalia.Cli.Tests;

/// <summary>The recipes that come with Castalia, and their schema.</summary>
public sealed class RecipeFileTests
{
    private static readonly string Folder = Path.Combine(Fixtures.RepositoryRoot, "recipes");

    public static TheoryData<string> Recipes =>
        [.. Directory.EnumerateFiles(Folder, "*.yml", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Fixtures.RepositoryRoot, file)).Order(StringComparer.Ordinal)];

    [Fact]
    public void The_schema_beside_the_recipes_is_the_one_of_the_records()
    {
        string made = CastaliaProgram.Succeed(Fixtures.RepositoryRoot, "recipe", "schema");
        string kept = File.ReadAllText(Path.Combine(Folder, "recipe.schema.json"));
        Assert.True(made.ReplaceLineEndings("\n").Trim() == kept.ReplaceLineEndings("\n").Trim(),
            "recipes/recipe.schema.json is not what the records say any more. Write it anew:\n"
            + "  dotnet run --project src/Castalia.Cli -- recipe schema > recipes/recipe.schema.json");
    }

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Every_recipe_loads(string recipe) =>
        Assert.Contains("name:", CastaliaProgram.Succeed(Fixtures.RepositoryRoot, "recipe", "show", recipe), StringComparison.Ordinal);

    [Fact]
    public void What_is_shown_of_a_recipe_is_a_recipe_that_says_the_same()
    {
        using SmallExperiment fresh = SmallExperiment.Create();
        string shown = CastaliaProgram.Succeed(fresh.Folder, "recipe", "show", "recipe.yml", "--set", "training.steps=7");
        Assert.Contains("steps: 7", shown, StringComparison.Ordinal);
        File.WriteAllText(fresh["shown.yml"], shown);
        Assert.Equal(shown, CastaliaProgram.Succeed(fresh.Folder, "recipe", "show", "shown.yml"));
    }
}
