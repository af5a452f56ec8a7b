using System.Text.Json.Serialization;

namespace Castalia.Models;

/// <summary>
/// What a low-rank adapter is (Hu et al. 2021): beside the frozen W of each target stands scale · B · A, with A [rank, in] and B [out, rank].
/// The words are PEFT's. There is no dropout.
/// </summary>
public sealed record LoraConfig
{
    /// <summary>The word that stands for every projection but the unembedding.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>r: rows of A and columns of B.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>α: B · A is multiplied by α/r, or by α/√r where <see cref="RankStabilized"/>.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>
    /// Which modules are adapted, by HF's names or the last parts of them (<c>q_proj</c>, <c>mlp.c_proj</c>), or <see cref="AllLinear"/>; null for PEFT's
    /// choice for the architecture.
    /// </summary>
    public IReadOnlyList<string>? TargetModules { get; init; }

    /// <summary>Whether the scale is α/√r (Kalajdzievski 2023), which does not fade as ranks grow.</summary>
    public bool RankStabilized { get; init; }

    /// <summary>The base model, as <c>base_model_name_or_path</c> names it; null where nobody said.</summary>
    public string? BaseModel { get; init; }

    /// <summary>What B · A is multiplied by.</summary>
    [JsonIgnore]
    public double Scale => Alpha / (RankStabilized ? Math.Sqrt(Rank) : Rank);

    /// <summary>Refuses numbers that make no adapter.</summary>
    /// <param name="source">What to name in the error: the recipe's path, or the option's name.</param>
    /// <exception cref="InputException">A number is out of its range.</exception>
    public void Validate(string source)
    {
        if (Rank is < 1 or > 1 << 16)
            throw new InputException(source, "lora_rank", $"expected a rank between 1 and 65536, found {Rank}.", "Correct lora_rank.");
        if (!(Alpha is > 0 and < 1e6))
            throw new InputException(source, "lora_alpha", FormattableString.Invariant($"expected a number above 0, found {Alpha}."), "Correct lora_alpha.");
        if (TargetModules is { Count: 0 })
            throw new InputException(source, "lora_targets", "expected names of modules, found an empty list.", "Name some, or leave it out.");
    }
}
