using System.Diagnostics;
using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Training;

/// <summary>The arithmetic peak of a machine that model FLOPs utilization is a share of.</summary>
/// <param name="Teraflops">10^12 floating-point operations a second.</param>
/// <param name="Source">Where the figure is from, as <c>training.json</c> says it.</param>
public sealed record PeakThroughput(double Teraflops, string Source)
{
    private const int Size = 1536;
    private const int Repetitions = 4;

    /// <summary>The peak named in the options, or else a measured one.</summary>
    public static PeakThroughput Of(TrainingOptions options) => options.PeakTeraflops is double given
        ? new PeakThroughput(given, "given in the options")
        : Measure(options.Precision);

    /// <summary>
    /// The best of a few square matrix products, which take a fraction of a second: what this machine's matrix products reach now, with
    /// whatever else runs on it. Not the figure on the processor's data sheet.
    /// </summary>
    public static PeakThroughput Measure(TrainingPrecision precision)
    {
        Libtorch.Initialize();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        ScalarType type = precision == TrainingPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        Tensor left = ones(Size, Size, dtype: type);
        Tensor right = ones(Size, Size, dtype: type);
        double best = double.PositiveInfinity;
        for (int repetition = 0; repetition <= Repetitions; repetition++)
        {
            long start = Stopwatch.GetTimestamp();
            left.matmul(right).Dispose();
            if (repetition > 0) // the first one warms up
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return new PeakThroughput(2.0 * Size * Size * Size / best / 1e12, $"measured: best of {Repetitions} {Size}x{Size} matrix products");
    }
}
