using Castalia.Formats;
using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models;

/// <summary>What an audit keeps of a tensor: its hash, its norm, how it differs from the one before, and a sample of its elements.</summary>
internal static class TensorMeasure
{
    /// <summary>Elements kept of a tensor.</summary>
    public const int SampleSize = 512;

    private const long Piece = 1 << 22;

    /// <summary>Measures a tensor.</summary>
    /// <param name="stored">What the file says of it.</param>
    /// <param name="tensor">Its elements.</param>
    /// <param name="before">The same tensor of the checkpoint before; null where there is none of this shape.</param>
    /// <returns>The measures, the squared distance to the one before, and the sample: elements at the same places in every tensor of this size, times the square root of how many each stands for.</returns>
    public static (AuditedTensor Measure, double SquaredChange, float[] Sample) Of(StoredTensor stored, Tensor tensor, Tensor? before)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = tensor.contiguous().view(-1);
        Tensor? former = before?.contiguous().view(-1);
        long count = flat.numel(), notFinite = 0;
        double squares = 0, changes = 0, formerSquares = 0, largest = 0, least = double.PositiveInfinity, most = double.NegativeInfinity;
        for (long start = 0; start < count; start += Piece)
        {
            using DisposeScope piece = NewDisposeScope();
            long length = Math.Min(Piece, count - start);
            Tensor values = flat.narrow(0, start, length).to(ScalarType.Float64);
            Tensor finite = values.isfinite();
            notFinite += length - finite.sum().item<long>();
            values = values.masked_fill(finite.logical_not(), 0);
            squares += values.square().sum().item<double>();
            least = Math.Min(least, values.min().item<double>());
            most = Math.Max(most, values.max().item<double>());
            if (former is not null)
            {
                Tensor old = former.narrow(0, start, length).to(ScalarType.Float64).nan_to_num(0, 0, 0);
                Tensor difference = values - old;
                changes += difference.square().sum().item<double>();
                formerSquares += old.square().sum().item<double>();
                largest = Math.Max(largest, difference.abs().max().item<double>());
            }
        }
        var measure = new AuditedTensor
        {
            Name = stored.Name,
            DType = stored.DType.Name(),
            Shape = stored.Shape,
            Sha256 = TensorFiles.Hash(flat),
            Norm = Math.Sqrt(squares),
            NotFinite = notFinite,
            Change = former is null ? null : formerSquares > 0 ? Math.Sqrt(changes / formerSquares) : changes > 0 ? 1 : 0,
            LargestChange = former is null ? null : largest,
            Constant = count == 0 || least == most,
        };
        return (measure, changes, Sample(flat));
    }

    private static float[] Sample(Tensor flat)
    {
        long count = flat.numel();
        int kept = (int)Math.Min(SampleSize, count);
        if (kept == 0)
            return [];
        // Evenly over the tensor, off the beginnings of rows; the same for every tensor of this size.
        long[] places = [.. Enumerable.Range(0, kept).Select(i => Math.Min(count - 1, (long)((i + 0.618) * count / kept)))];
        Tensor values = flat.index_select(0, tensor(places)).to(ScalarType.Float32).nan_to_num(0, 0, 0) * Math.Sqrt((double)count / kept);
        return values.data<float>().ToArray();
    }
}
