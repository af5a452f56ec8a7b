using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Models;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia merge-adapter</c>: a base and an adapter into a model of its own.</summary>
internal static class MergeAdapterVerb
{
    public static Command Create()
    {
        var model = new Argument<string>("base") { Description = "The base model." };
        var adapter = new Argument<string>("adapter") { Description = "The adapter's folder: PEFT's adapter_config.json and adapter_model.safetensors." };
        var output = new Argument<string>("output") { Description = "The folder to make, in HF's layout." };
        var command = new Command("merge-adapter", "Add an adapter to its base model for good: W + scale · B · A, summed in fp32 and rounded to the base's type.") { model, adapter, output };
        command.SetAction(async (parsed, cancellation) =>
        {
            string target = parsed.GetRequiredValue(output);
            await ProgressDisplay.ShowAsync(progress =>
            {
                AdapterMerge.Write(parsed.GetRequiredValue(model), parsed.GetRequiredValue(adapter), target, progress, cancellation);
                return 0;
            });
            Console.WriteLine($"{target}: the merged model.");
            return 0;
        });
        return Examples.Attach(command,
            ("the end of a run with its base", "castalia merge-adapter pythia-160m runs/tuned/models/tuned/checkpoints/step300 pythia-160m-tuned"));
    }
}
