using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>The tables of rotary angles of one model: made when first asked for, and made anew when a longer sequence comes.</summary>
internal sealed class RotaryAngles(RotaryPositions rotary, int headSize, int expectedPositions) : IDisposable
{
    private const int MostStretched = 16, MostBeforehand = 8192;

    private readonly Lock _growing = new();
    private readonly List<RotaryTable> _tables = []; // former ones live on: a backward pass may still turn by them
    private readonly Queue<(long Length, RotaryTable Table)> _stretched = new(); // by length, of dynamic scaling

    /// <summary>A table that holds at least so many positions; it belongs to this object.</summary>
    /// <param name="positions">Positions needed.</param>
    /// <param name="length">The length that dynamic scaling goes by.</param>
    public RotaryTable For(long positions, long length)
    {
        lock (_growing)
        {
            if (rotary.Scaling is DynamicRotaryScaling dynamic && length > dynamic.OriginalPositions)
                return Stretched(Math.Max(positions, length), length);
            if (_tables.Count == 0 || _tables[^1].Positions < positions)
            {
                int twice = _tables.Count == 0 ? 0 : checked(2 * _tables[^1].Positions);
                _tables.Add(Table(Math.Max(positions, Math.Max(Math.Min(expectedPositions, MostBeforehand), twice)), 0));
            }
            return _tables[^1];
        }
    }

    /// <summary>Radians a position of each pair of dimensions.</summary>
    /// <param name="rotary">The encoding.</param>
    /// <param name="headSize">Width of one head.</param>
    /// <param name="length">The length that dynamic scaling goes by.</param>
    public static double[] InverseFrequencies(RotaryPositions rotary, int headSize, long length = 0)
    {
        int dimensions = rotary.Dimensions(headSize);
        return rotary.Scaling?.Frequencies(rotary.Base, dimensions, length) ?? RotaryScaling.Unscaled(rotary.Base, dimensions);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RotaryTable table in _tables)
            table.Dispose();
    }

    private RotaryTable Stretched(long positions, long length)
    {
        foreach ((long known, RotaryTable table) in _stretched)
        {
            if (known == length && table.Positions >= positions)
                return table;
        }
        if (_stretched.Count == MostStretched)
            _stretched.Dequeue(); // a pass under way may still use it: the collector frees it
        RotaryTable made = Table(positions, length);
        _stretched.Enqueue((length, made));
        return made;
    }

    private RotaryTable Table(long positions, long length)
    {
        using IDisposable savable = torch.inference_mode(false); // a table made in a pass without gradients serves training as well
        return new RotaryTable(
            InverseFrequencies(rotary, headSize, length), checked((int)positions), rotary.Pairing, rotary.Scaling?.Magnitude ?? 1);
    }
}
