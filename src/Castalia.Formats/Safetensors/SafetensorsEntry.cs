namespace Castalia.Formats;

/// <summary>One tensor of a <see cref="SafetensorsFile"/>.</summary>
/// <param name="Name">Its name: <c>gpt_neox.layers.0.attention.dense.weight</c>.</param>
/// <param name="DType">Its element type; little-endian, row-major.</param>
/// <param name="Shape">The lengths of its axes; empty for a scalar.</param>
/// <param name="Offset">Where its bytes start, from the start of the file.</param>
/// <param name="Length">How many bytes it has: the product of the shape times the element size.</param>
public sealed record SafetensorsEntry(string Name, SafetensorsDType DType, long[] Shape, long Offset, long Length);
