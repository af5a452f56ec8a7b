using System.CommandLine;
using Castalia.Recipes.Configuration;

namespace Castalia.Cli.Verbs;

/// <summary>
/// A recipe section as command-line options: one option a key, with names, defaults and help read off the record. What is given wins over
/// the section of the recipe under <c>--config</c>, that over the record's defaults.
/// </summary>
/// <typeparam name="T">The section's record.</typeparam>
internal sealed class SectionOptions<T>
    where T : class
{
    private readonly string _section;
    private readonly List<(ConfigKey Key, Option<string[]> Option)> _options = [];
    private readonly IReadOnlyDictionary<string, string> _defaults;

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="section">The section's key in a recipe; empty for a record that is none.</param>
    /// <param name="leaveOut">Keys that the verb has options of its own for.</param>
    public SectionOptions(Command command, string section, params string[] leaveOut)
        : this(command, section, new Dictionary<string, string>(), leaveOut)
    {
    }

    /// <summary>Adds the options to a verb that has defaults of its own for some.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="section">The section's key in a recipe; empty for a record that is none.</param>
    /// <param name="defaults">Keys and values that hold where nothing is said, in place of the record's.</param>
    /// <param name="leaveOut">Keys that the verb has options of its own for.</param>
    public SectionOptions(Command command, string section, IReadOnlyDictionary<string, string> defaults, params string[] leaveOut)
    {
        (_section, _defaults) = (section, defaults);
        foreach (ConfigKey key in ConfigKey.Of(typeof(T)).Where(key => !leaveOut.Contains(key.Name)))
        {
            var option = new Option<string[]>("--" + key.Name.Replace('_', '-'))
            {
                HelpName = key.Takes,
                Arity = ArgumentArity.OneOrMore,
                AllowMultipleArgumentsPerToken = key.IsList,
                // The documentation file is read only when somebody asks for help.
                Description = HelpRequest.Given ? key.Description + (defaults.GetValueOrDefault(key.Name, key.Default ?? "") is { Length: > 0 } value ? $" [default: {value}]" : "") : null,
            };
            string underscored = "--" + key.Name;
            if (underscored != option.Name)
                option.Aliases.Add(underscored);
            _options.Add((key, option));
            command.Add(option);
        }
    }

    /// <summary>The section as the command line and the recipe under <c>--config</c> give it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="config">The recipe's path; null for none.</param>
    /// <param name="under">Picks the section's node out of the recipe where it is not simply its key's.</param>
    /// <param name="given">Values of keys that the verb has options of its own for.</param>
    public T Read(ParseResult parsed, string? config, Func<ConfigMap, ConfigNode?>? under = null, params (string Key, ConfigNode Value)[] given)
    {
        ConfigMap root = config is null ? new ConfigMap("command line", 1, []) : ConfigFile.Load(config);
        ConfigMap section = (under is null ? root.Find(_section) : under(root)) as ConfigMap ?? new ConfigMap(config ?? "command line", 1, []);
        var entries = given.Select(pair => new KeyValuePair<string, ConfigNode>(pair.Key, pair.Value)).ToList();
        foreach ((ConfigKey key, Option<string[]> option) in _options)
        {
            if (parsed.GetResult(option) is null || parsed.GetValue(option) is not { Length: > 0 } values)
                continue;
            ConfigNode[] nodes = [.. values.Select(value => new ConfigScalar(ConfigOverride.Origin, 1, value))];
            entries.Add(new(key.Name, key.IsList ? new ConfigList(ConfigOverride.Origin, 1, nodes) : nodes[^1]));
        }
        var own = new ConfigMap("command line", 1, [.. _defaults.Select(pair => new KeyValuePair<string, ConfigNode>(pair.Key, new ConfigScalar("command line", 1, pair.Value)))]);
        return ConfigBinder.Bind<T>(own.Overlay(section).Overlay(new ConfigMap(ConfigOverride.Origin, 1, entries)), _section);
    }
}

/// <summary>Whether this invocation asks for help.</summary>
internal static class HelpRequest
{
    public static bool Given { get; set; }
}
