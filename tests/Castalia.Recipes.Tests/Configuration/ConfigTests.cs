using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Castalia.Recipes.Configuration;
using Castalia.Testing;

namespace Castalia.Recipes.Tests.Configuration;

public sealed class ConfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    internal enum Speed
    {
        Slow,
        VeryFast,
    }

    internal sealed record Inner
    {
        public required string Name { get; init; }

        [Range(1, 100)]
        public int Layers { get; init; } = 6;

        public double? Rate { get; init; }
    }

    internal sealed record Outer
    {
        public string Title { get; init; } = "none";

        public long Steps { get; init; } = 143_000;

        public bool Loud { get; init; }

        public Speed Speed { get; init; } = Speed.Slow;

        public IReadOnlyList<Inner> Models { get; init; } = [];

        public IReadOnlyDictionary<string, double> Epochs { get; init; } = new Dictionary<string, double>();

        public Inner? Extra { get; init; }
    }

    private string Write(string name, string yaml)
    {
        string path = _folder[name];
        File.WriteAllText(path, yaml);
        return path;
    }

    private Outer Read(string yaml, params string[] overrides) =>
        ConfigBinder.Bind<Outer>(overrides.Aggregate(ConfigFile.Load(Write("recipe.yml", yaml)), ConfigOverride.Apply));

    [Fact]
    public void Values_are_bound_by_their_types()
    {
        Outer outer = Read("""
            title: "50"
            steps: 1e3
            loud: yes
            speed: very-fast
            models:
              - name: a
                layers: 2
                rate: 6e-4
              - {name: b}
            epochs: {books: 1.5, web: 2}
            """);
        Assert.Equal("50", outer.Title);
        Assert.Equal(1000, outer.Steps);
        Assert.True(outer.Loud);
        Assert.Equal(Speed.VeryFast, outer.Speed);
        Assert.Equal(["a", "b"], outer.Models.Select(model => model.Name));
        Assert.Equal((2, 6), (outer.Models[0].Layers, outer.Models[1].Layers));
        Assert.Equal(6e-4, outer.Models[0].Rate);
        Assert.Equal(1.5, outer.Epochs["books"]);
    }

    [Theory]
    [InlineData("stepz: 5", "line 1, stepz", "Did you mean 'steps'?")]
    [InlineData("models:\n  - name: a\n    leyers: 3", "line 3, models[0].leyers", "Did you mean 'layers'?")]
    [InlineData("models:\n  - layers: 3", "line 2, models[0].name", "Add it")]
    [InlineData("models: [{name: a, layers: 0}]", "line 1, models[0].layers", "in that range")]
    [InlineData("steps: many", "line 1, steps", "Correct the value")]
    [InlineData("steps: 1.5", "line 1, steps", "Correct the value")]
    [InlineData("steps: [1, 2]", "line 1, steps", "single value")]
    [InlineData("speed: fast", "line 1, speed", "Known: slow, very_fast")]
    [InlineData("epochs: 3", "line 1, epochs", "key: value")]
    public void What_does_not_fit_is_refused_with_its_place_and_a_suggestion(string yaml, string place, string remedy)
    {
        InputException error = Assert.Throws<InputException>(() => Read(yaml));
        Assert.EndsWith("recipe.yml", error.File);
        Assert.Equal(place, error.Place);
        Assert.Contains(remedy, error.Remedy);
    }

    [Theory]
    [InlineData("a: [1", "line 2")]
    [InlineData("- 1\n- 2", "line 1")]
    [InlineData("a: 1\na: 2", "line")]
    public void What_is_not_YAML_of_keys_and_values_is_refused(string yaml, string place)
    {
        InputException error = Assert.Throws<InputException>(() => Read(yaml));
        Assert.Contains(place, error.Place ?? "line");
    }

    [Fact]
    public void A_nest_of_aliases_is_refused_before_it_fills_memory()
    {
        string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range('b', 9).Select(c =>
            $"{(char)c}: &{(char)c} [{string.Join(", ", Enumerable.Repeat($"*{(char)(c - 1)}", 10))}]\n"));
        Assert.Contains("nested", Assert.Throws<InputException>(() => Read(bomb)).Problem);
    }

    [Fact]
    public void An_including_file_wins_over_what_it_includes_and_maps_merge()
    {
        Write("base.yml", "title: base\nsteps: 10\nepochs: {a: 1, b: 1}");
        Write("middle.yml", "include: base.yml\nsteps: 20");
        Outer outer = Read("include: [middle.yml]\nepochs: {b: 2}");
        Assert.Equal("base", outer.Title);
        Assert.Equal(20, outer.Steps);
        Assert.Equal((1.0, 2.0), (outer.Epochs["a"], outer.Epochs["b"]));
    }

    [Fact]
    public void A_circle_of_includes_and_a_missing_one_are_refused()
    {
        Write("other.yml", "include: recipe.yml");
        Assert.Contains("includes itself", Assert.Throws<InputException>(() => Read("include: other.yml")).Problem);
        InputException missing = Assert.Throws<InputException>(() => Read("include: nowhere.yml"));
        Assert.EndsWith("nowhere.yml", missing.File);
        Assert.Contains("recipe.yml", missing.Remedy);
    }

    [Fact]
    public void Overrides_reach_into_maps_and_lists()
    {
        Outer outer = Read("steps: 1\nmodels: [{name: a}, {name: b}]", "steps=50", "models.b.layers=3", "models.0.layers=4", "epochs.web=0.5", "extra.name=x");
        Assert.Equal(50, outer.Steps);
        Assert.Equal((4, 3), (outer.Models[0].Layers, outer.Models[1].Layers));
        Assert.Equal(0.5, outer.Epochs["web"]);
        Assert.Equal("x", outer.Extra!.Name);
    }

    [Theory]
    [InlineData("steps")]
    [InlineData("stepz=5")]
    [InlineData("steps.x=5")]
    [InlineData("models.9.layers=5")]
    public void A_wrong_override_names_itself(string assignment) =>
        Assert.Equal("--set", Assert.Throws<InputException>(() => Read("steps: 1\nmodels: [{name: a}]", assignment)).File);

    [Fact]
    public void The_schema_carries_types_defaults_and_ranges()
    {
        JsonObject schema = ConfigSchema.Of(typeof(Outer), "Outer");
        Assert.Equal(143_000, (long)schema["properties"]!["steps"]!["default"]!);
        Assert.False((bool)schema["additionalProperties"]!);
        JsonNode inner = schema["properties"]!["models"]!["items"]!;
        Assert.Equal("name", (string)inner["required"]![0]!);
        Assert.Equal((1, 100), ((int)(double)inner["properties"]!["layers"]!["minimum"]!, (int)(double)inner["properties"]!["layers"]!["maximum"]!));
        Assert.Equal("very_fast", (string)schema["properties"]!["speed"]!["enum"]![1]!);
    }
}
