namespace Castalia.Tensors;

/// <summary>The name and shape of one tensor among many, and whether the optimizer decays it.</summary>
/// <param name="Name">A name that is unique among its fellows.</param>
/// <param name="Shape">The sizes of the dimensions; an empty list is a scalar.</param>
/// <param name="Decay">Whether weight decay applies: true for matrices, false for biases and norms.</param>
public sealed record TensorSpec(string Name, IReadOnlyList<long> Shape, bool Decay = true)
{
    /// <summary>The number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));
}
