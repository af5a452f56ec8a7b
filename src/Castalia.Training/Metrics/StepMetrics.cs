namespace Castalia.Training;

/// <summary>What one update was: a line of <c>metrics.jsonl</c>. Everything but <see cref="Timing"/> is the same in every run of the same recipe.</summary>
/// <param name="Step">Updates made, this one included: the line of step N belongs to <c>checkpoints/stepN</c>.</param>
/// <param name="Tokens">Tokens trained on, this update's included; padding counts.</param>
/// <param name="Loss">Mean cross-entropy over the batch's labels before the update, in nats.</param>
/// <param name="LearningRate">The update's learning rate.</param>
/// <param name="GradientNorm">Euclidean norm of the whole gradient before clipping.</param>
/// <param name="BatchHash">SHA-256 of the batch's token ids as little-endian int32, samples in order, each with its last label; where only some tokens are learned, the labels behind them.</param>
/// <param name="ValidationLoss">Mean cross-entropy over the validation batches after the update, in nats; null where none was taken.</param>
/// <param name="Timing">How long it took.</param>
public sealed record StepMetrics(
    long Step,
    long Tokens,
    double Loss,
    double LearningRate,
    double GradientNorm,
    string BatchHash,
    double? ValidationLoss,
    StepTiming Timing)
{
    /// <summary>Labels of the batch, over which the loss is the mean, where only some tokens are learned; null where all are.</summary>
    public long? LearnedTokens { get; init; }
}

/// <summary>What one update cost on the machine that made it.</summary>
/// <param name="Seconds">Wall time of reading the batch, forward, backward and update.</param>
/// <param name="TokensPerSecond">Tokens of the batch, padding that was not computed left out, over <paramref name="Seconds"/>.</param>
/// <param name="Mfu">Model FLOPs utilization: <paramref name="Teraflops"/> as a share of the peak.</param>
/// <param name="Teraflops">The model's own arithmetic (no recomputation counted) in 10^12 operations a second.</param>
/// <param name="MemoryBytes">Resident memory of the process after the update.</param>
public sealed record StepTiming(double Seconds, double TokensPerSecond, double Mfu, double Teraflops, long MemoryBytes);
