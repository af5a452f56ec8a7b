using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Cli.Verbs;

namespace Castalia.Cli;

/// <summary>The command line: one verb a stage, and <c>run</c> for all of them.</summary>
internal static class CastaliaCommand
{
    /// <summary>Parses the arguments and does what they say.</summary>
    /// <returns>0 when all went well, 1 for something wrong with the input, 2 for a command line that is not understood, 130 when stopped by Ctrl-C.</returns>
    public static async Task<int> InvokeAsync(string[] args)
    {
        HelpRequest.Given = args.Any(word => word is "--help" or "-h" or "-?");
        ParseResult parsed = Build().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            await parsed.InvokeAsync();
            return 2;
        }
        try
        {
            // Our own handling of exceptions: an error for a person is one screen, never a stack trace.
            // A conversation goes on after Ctrl-C, and a server has a grace period of its own: they see to it themselves.
            TimeSpan? afterInterrupt = parsed.CommandResult.Command.Name is ChatVerb.Name or ServeVerb.Name ? null : TimeSpan.FromSeconds(60);
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = afterInterrupt });
        }
        catch (Exception e) when (ErrorDisplay.TryShow(e, out int exitCode))
        {
            return exitCode;
        }
    }

    private static RootCommand Build()
    {
        var root = new RootCommand(
            "Castalia: open language-model science. Text becomes documents, documents become tokens, tokens train a suite of models, " +
            "every checkpoint is scored and looked into, and all of it can be run again by anyone.")
        {
            RunVerb.Create(),
            DataVerb.Create(),
            TokenizerVerb.Create(),
            TokenizeVerb.Create(),
            TrainVerb.Create(),
            FinetuneVerb.Create(),
            MergeAdapterVerb.Create(),
            EvalVerb.Create(),
            LensVerb.Create(),
            GenerateVerb.Create(),
            ChatVerb.Create(),
            LogitsVerb.Create(),
            ServeVerb.Create(),
            AuditVerb.Create(),
            InspectVerb.Create(),
            ConvertVerb.Create(),
            ReportVerb.Create(),
            RecipeVerb.Create(),
        };
        Examples.Attach(root,
            ("the whole way from text to report", "castalia run recipes/mini-pythia.yml"),
            ("what would be done, and why", "castalia run recipes/mini-pythia.yml --dry-run"),
            ("one verb's options", "castalia train --help"));
        return root;
    }
}
