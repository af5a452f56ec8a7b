using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace Castalia.Training.Tests;

/// <summary>
/// The entry point that xunit would generate, and beside it <c>train TOKENS OUTPUT</c>: one training run that says every step on its
/// standard output, for the test that kills it.
/// </summary>
internal static class Program
{
    public const string TrainVerb = "train";

    public static Task<int> Main(string[] args)
    {
        if (args is [TrainVerb, string tokens, string output])
            return Task.FromResult(KilledRun.Train(tokens, output));
        return args.Any(argument => argument is "-automated" or "@@")
            ? ConsoleRunner.Run(args)
            : TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
    }
}
