using System.Text.Json.Serialization;

namespace Castalia.Models;

/// <summary>What an audit of checkpoints found.</summary>
public sealed record AuditResult
{
    /// <summary>The checkpoints in the order of their steps.</summary>
    public required IReadOnlyList<AuditedCheckpoint> Checkpoints { get; init; }

    /// <summary>
    /// How far each checkpoint is from each other one: the Euclidean distance of all weights over the mean of their norms, estimated from the
    /// same elements of every tensor. Row and column as in <see cref="Checkpoints"/>; 1.4 is as far as two unrelated models.
    /// </summary>
    public required IReadOnlyList<IReadOnlyList<double>> Distances { get; init; }

    /// <summary>What is wrong or worth a look, the gravest first.</summary>
    public required IReadOnlyList<AuditFinding> Findings { get; init; }
}

/// <summary>One checkpoint.</summary>
public sealed record AuditedCheckpoint
{
    /// <summary>Its folder's own name, or as much of the path as tells it from the others.</summary>
    public required string Name { get; init; }

    /// <summary>The training step in its name; null where the name has none.</summary>
    public required long? Step { get; init; }

    /// <summary>Its folder or file.</summary>
    public required string Path { get; init; }

    /// <summary>One hash for all weights: of the tensors' names and hashes in the order of the names.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Euclidean norm of all weights.</summary>
    public required double Norm { get; init; }

    /// <summary>Exact distance of all weights to the checkpoint before, over that one's norm; null for the first.</summary>
    public required double? Change { get; init; }

    /// <summary>The tensors by name.</summary>
    public required IReadOnlyList<AuditedTensor> Tensors { get; init; }
}

/// <summary>One tensor of a checkpoint.</summary>
public sealed record AuditedTensor
{
    /// <summary>Its name in the file.</summary>
    public required string Name { get; init; }

    /// <summary>Its element type.</summary>
    public required string DType { get; init; }

    /// <summary>The lengths of its axes.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>SHA-256 of its elements, row-major and little-endian.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Euclidean norm.</summary>
    public required double Norm { get; init; }

    /// <summary>Elements that are not a number or infinite.</summary>
    public required long NotFinite { get; init; }

    /// <summary>Exact distance to the same tensor of the checkpoint before, over that one's norm; null where there is none of this shape.</summary>
    public required double? Change { get; init; }

    /// <summary>The largest difference of an element from the checkpoint before; null where there is none of this shape.</summary>
    public required double? LargestChange { get; init; }

    /// <summary>Whether all elements are equal, as fresh biases and norms are.</summary>
    public required bool Constant { get; init; }
}

/// <summary>Something found.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Checkpoints">Indices of the checkpoints it is about.</param>
/// <param name="Text">What it is, in a sentence or two.</param>
public sealed record AuditFinding(AuditFindingKind Kind, IReadOnlyList<int> Checkpoints, string Text)
{
    /// <summary>Whether it is wrong, and not just worth knowing.</summary>
    [JsonIgnore]
    public bool IsProblem => Kind != AuditFindingKind.UnchangedByFirstSteps;
}

/// <summary>The kinds of findings.</summary>
public enum AuditFindingKind
{
    /// <summary>Weights hold what is not a number.</summary>
    NotFinite,

    /// <summary>Checkpoints of different steps hold the same weights.</summary>
    SameWeights,

    /// <summary>Checkpoints of different steps share some of their tensors: a shard was swapped.</summary>
    SharedTensors,

    /// <summary>A checkpoint is far nearer to one of another time than to those before and after it.</summary>
    OutOfPlace,

    /// <summary>Tensors are missing, superfluous, or of another shape or type than in the other checkpoints.</summary>
    Layout,

    /// <summary>The first steps hold the same weights, as a first update with learning rate 0 leaves them (Pythia's step0 and step1).</summary>
    UnchangedByFirstSteps,
}
