using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>The table of rotary angles of one model: made when first asked for, and made anew when a longer sequence comes.</summary>
internal sealed class RotaryAngles(RotaryPositions rotary, int headSize, int expectedPositions) : IDisposable
{
    private readonly Lock _growing = new();
    private readonly List<RotaryTable> _tables = []; // former ones live on: a backward pass may still turn by them

    /// <summary>A table that holds at least so many positions; it belongs to this object.</summary>
    public RotaryTable For(long positions)
    {
        lock (_growing)
        {
            if (_tables.Count == 0 || _tables[^1].Positions < positions)
            {
                int twice = _tables.Count == 0 ? 0 : checked(2 * _tables[^1].Positions);
                using IDisposable savable = torch.inference_mode(false); // a table made in a pass without gradients serves training as well
                _tables.Add(new RotaryTable(
                    InverseFrequencies(rotary, headSize), checked((int)Math.Max(positions, Math.Max(expectedPositions, twice))), RotaryPairing.Half));
            }
            return _tables[^1];
        }
    }

    /// <summary>Radians a position of each pair of dimensions, rounded to fp32 as transformers rounds them.</summary>
    public static double[] InverseFrequencies(RotaryPositions rotary, int headSize)
    {
        int dimensions = rotary.Dimensions(headSize);
        double[] frequencies = new double[dimensions / 2];
        for (int k = 0; k < frequencies.Length; k++)
        {
            double frequency = (float)(1 / Math.Pow(rotary.Base, 2.0 * k / dimensions));
            frequencies[k] = rotary.Scaling is LinearRotaryScaling linear ? (float)(frequency / linear.Factor) : frequency;
        }
        return frequencies;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RotaryTable table in _tables)
            table.Dispose();
    }
}
