using System.CommandLine;

namespace Castalia.Cli.Verbs;

/// <summary>Options that several verbs have.</summary>
internal static class SharedOptions
{
    /// <summary>Overrides of recipe keys.</summary>
    public static Option<string[]> Set { get; } = new("--set")
    {
        Description = "Lay key=value over the recipe, for example training.steps=50 or models.small.layers=2. May be given several times.",
        DefaultValueFactory = _ => [],
    };

    /// <summary>A recipe whose section holds the verb's settings.</summary>
    public static Option<string?> Config { get; } = new("--config", "-c")
    {
        Description = "A recipe whose section holds the settings; options given here win over it.",
    };

    /// <summary>An adapter to be laid over the model.</summary>
    public static Option<string?> Adapter { get; } = new("--adapter")
    {
        Description = "An adapter's folder (PEFT's adapter_config.json and adapter_model.safetensors) to be laid over the model.",
    };

    /// <summary>Run even if the output is up to date.</summary>
    public static Option<bool> Force { get; } = new("--force") { Description = "Do it again, even if the output is up to date." };
}
