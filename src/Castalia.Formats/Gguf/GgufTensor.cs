namespace Castalia.Formats;

/// <summary>One tensor of a <see cref="GgufFile"/>.</summary>
/// <param name="Name">Its name: <c>blk.0.attn_qkv.weight</c>.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">The lengths of its axes, rows last, as elsewhere in the house; the file has them the other way round.</param>
/// <param name="Offset">Where its bytes start, from the start of the file; a multiple of the file's alignment past the start of its data.</param>
/// <param name="Length">How many bytes it has.</param>
public sealed record GgufTensor(string Name, GgmlType Type, long[] Shape, long Offset, long Length);
