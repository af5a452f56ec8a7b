using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Castalia.Cli.Display;

/// <summary>Examples under a command's help.</summary>
internal static class Examples
{
    private static readonly Dictionary<Command, (string What, string Command)[]> Known = [];

    /// <summary>Adds examples to a command's <c>--help</c>.</summary>
    public static T Attach<T>(T command, params (string What, string Command)[] examples)
        where T : Command
    {
        Known[command] = examples;
        if (command is RootCommand)
        {
            HelpOption help = command.Options.OfType<HelpOption>().Single();
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        }
        return command;
    }

    private sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int result = inner.Invoke(parseResult);
            if (!Known.TryGetValue(parseResult.CommandResult.Command, out var examples))
                return result;
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach ((string what, string command) in examples)
            {
                output.WriteLine($"  # {what}");
                output.WriteLine($"  {command}");
            }
            output.WriteLine();
            return result;
        }
    }
}
