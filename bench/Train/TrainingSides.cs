using System.CommandLine;
using Castalia.Bench.Gemm;
using Castalia.Bench.Plain;
using Castalia.Bench.Sides;
using Castalia.Models;
using Castalia.Tensors;
using Castalia.Training;
using static TorchSharp.torch;

namespace Castalia.Bench.Train;

/// <summary>The sides of a comparison of training steps, each in a process of its own.</summary>
internal static class TrainingSides
{
    private const string Name = "training-side";

    /// <summary>Starts a side's process.</summary>
    public static SideProcess Start(SideKind side, string size, TrainingPrecision precision, int threads) =>
        new(side.ToString(), Name, "--side", side.ToString(), "--size", size, "--precision", precision.ToString(), "--threads", threads.ToString());

    /// <summary>The hidden command that a side's process runs.</summary>
    public static Command CreateCommand()
    {
        Option<SideKind> side = new("--side");
        Option<string> size = new("--size") { Required = true };
        Option<TrainingPrecision> precision = new("--precision");
        Option<int> threads = new("--threads");
        Command command = new(Name, "One side of a comparison, driven by its parent process.") { side, size, precision, threads };
        command.Hidden = true;
        command.SetAction(result =>
        {
            TransformerConfig config = Shapes.Named(result.GetValue(size)!);
            using ITrainingSide training = Create(result.GetValue(side), config, result.GetValue(precision), result.GetValue(threads));
            int[] samples = Shapes.RandomTokens(config.VocabularySize, Shapes.Batch * (Shapes.Sequence + 1));
            return SideProcess.Serve(() => training.Step(samples, 1e-4));
        });
        return command;
    }

    /// <summary>Brings libtorch up as the side wants it, and makes the side.</summary>
    public static ITrainingSide Create(SideKind kind, TransformerConfig config, TrainingPrecision precision, int threads)
    {
        Libtorch.Initialize(threads, prepareProcess: kind != SideKind.Plain);
        random.manual_seed(1);
        return kind switch
        {
            SideKind.Ours => new OurSide(config, precision),
            SideKind.Products => new GemmSide(config, precision),
            _ => new PlainSide(config, precision),
        };
    }
}
