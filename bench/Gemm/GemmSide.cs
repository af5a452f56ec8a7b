using Castalia.Bench.Train;
using Castalia.Models;
using Castalia.Training;
using static TorchSharp.torch;

namespace Castalia.Bench.Gemm;

/// <summary>A "training step" that does nothing but its matrix products: the ceiling, measured in turn with the others.</summary>
internal sealed class GemmSide(TransformerConfig config, TrainingPrecision precision) : ITrainingSide
{
    private readonly PreparedProduct[] _products =
    [
        .. StepProducts.Of(config).Select(product => new PreparedProduct(
            product, precision == TrainingPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32)),
    ];

    public double Step(ReadOnlySpan<int> samples, double learningRate)
    {
        foreach (PreparedProduct product in _products)
        {
            for (int i = 0; i < product.Product.Times; i++)
                product.Run();
        }
        return 0;
    }

    /// <summary>Operations of one step.</summary>
    public static double Flops(TransformerConfig config) => StepProducts.Of(config).Sum(product => product.Flops * product.Times);

    public void Dispose()
    {
        foreach (PreparedProduct product in _products)
            product.Dispose();
    }
}
