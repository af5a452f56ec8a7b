using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Castalia.Cli.Display;
using Castalia.Recipes;
using Castalia.Recipes.Configuration;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia recipe</c>: recipes themselves.</summary>
internal static class RecipeVerb
{
    public static Command Create()
    {
        var schema = new Command("schema", "Print the JSON schema of recipes, for editors that complete and check YAML.");
        schema.SetAction(_ =>
        {
            Console.WriteLine(ConfigSchema.Of(typeof(Recipe), "Castalia recipe").ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
            return 0;
        });
        var path = new Argument<string>("recipe") { Description = "The recipe." };
        var show = new Command("show", "Print a recipe with everything it includes, every override and every default in place.") { path, SharedOptions.Set };
        show.SetAction(parsed =>
        {
            Console.Write(ConfigWriter.ToYaml(RecipeRun.ReadRecipe(parsed.GetRequiredValue(path), parsed.GetRequiredValue(SharedOptions.Set))));
            return 0;
        });
        return new Command("recipe", "Recipes: their schema, and one resolved.")
        {
            Examples.Attach(schema, ("write it for your editor", "castalia recipe schema > recipe.schema.json")),
            Examples.Attach(show, ("what a recipe comes to", "castalia recipe show recipes/mini-pythia.yml --set training.steps=50")),
        };
    }
}
