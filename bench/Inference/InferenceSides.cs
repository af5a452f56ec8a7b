using System.CommandLine;
using Castalia.Bench.Sides;
using Castalia.Models;
using Castalia.Tensors;

namespace Castalia.Bench.Inference;

/// <summary>The sides of a comparison of scoring or decoding, each in a process of its own.</summary>
internal static class InferenceSides
{
    private const string Name = "inference-side";

    /// <summary>Starts a side's process.</summary>
    public static SideProcess Start(SideKind side, InferenceWork work, string size, WeightType type, int batch, int threads) => new(side.ToString(), Name,
        "--side", side.ToString(), "--work", work.ToString(), "--size", size, "--type", type.ToString(), "--batch", batch.ToString(), "--threads", threads.ToString());

    /// <summary>The hidden command that a side's process runs.</summary>
    public static Command CreateCommand()
    {
        Option<SideKind> side = new("--side");
        Option<InferenceWork> work = new("--work");
        Option<string> size = new("--size") { Required = true };
        Option<WeightType> type = new("--type");
        Option<int> batch = new("--batch");
        Option<int> threads = new("--threads");
        Command command = new(Name, "One side of a comparison, driven by its parent process.") { side, work, size, type, batch, threads };
        command.Hidden = true;
        command.SetAction(result =>
        {
            using IInferenceSide inference = Create(result.GetValue(side), result.GetValue(work), Shapes.Named(result.GetValue(size)!),
                result.GetValue(type), result.GetValue(batch), result.GetValue(threads));
            return SideProcess.Serve(inference.Run);
        });
        return command;
    }

    private static IInferenceSide Create(SideKind side, InferenceWork work, TransformerConfig config, WeightType type, int batch, int threads)
    {
        if (side == SideKind.Memory)
            return new MemorySide(threads);
        Libtorch.Initialize(threads, prepareProcess: side != SideKind.Plain);
        return (side, work) switch
        {
            (SideKind.Ours, InferenceWork.Score) => new OurScoring(config, type),
            (SideKind.Ours, _) => new OurDecoding(config, type, batch),
            (_, InferenceWork.Score) => new PlainScoring(config, type),
            _ => new PlainDecoding(config, type, batch),
        };
    }
}
