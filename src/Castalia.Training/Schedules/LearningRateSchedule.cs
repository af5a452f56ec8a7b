namespace Castalia.Training;

/// <summary>
/// The learning rate of every update of a run, a pure function of how many updates were made before it.
/// </summary>
/// <param name="Rule">The curve's form.</param>
/// <param name="Peak">The full learning rate.</param>
/// <param name="Minimum">The rate the curve goes down to.</param>
/// <param name="WarmupSteps">Length of the linear warmup. GPT-NeoX takes <c>warmup * steps</c> unrounded, so it may be fractional.</param>
/// <param name="Steps">Updates in the whole run.</param>
public sealed record LearningRateSchedule(LearningRateRule Rule, double Peak, double Minimum, double WarmupSteps, long Steps)
{
    /// <summary>The schedule that a run's options describe.</summary>
    public static LearningRateSchedule Of(TrainingOptions options) =>
        new(options.Schedule, options.LearningRate, options.MinimumLearningRate * options.LearningRate, options.Warmup * options.Steps, options.Steps);

    /// <summary>The rate of the update made after <paramref name="updates"/> others: 0 asks for the first update's rate.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="updates"/> is negative.</exception>
    public double RateAfter(long updates)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(updates);
        return Rule switch
        {
            LearningRateRule.PythiaV1 => PythiaV1(updates),
            LearningRateRule.NeoxHead => NeoxHead(updates),
            LearningRateRule.Cosine => Warmed(updates, (1 + Math.Cos(Math.PI * DecayFraction(updates))) / 2),
            LearningRateRule.Linear => Warmed(updates, 1 - DecayFraction(updates)),
            LearningRateRule.Constant => Warmed(updates, 1),
            _ => throw new InvalidOperationException($"There is no learning rate rule {Rule}."),
        };
    }

    // GPT-NeoX v1.0, megatron/learning_rates.py: the counter stops at Steps - WarmupSteps, and the cosine's period is all Steps.
    private double PythiaV1(long updates)
    {
        double counter = Math.Min(updates, Steps - WarmupSteps);
        if (WarmupSteps > 0 && updates <= WarmupSteps)
            return Peak * counter / WarmupSteps;
        double cosine = Peak / 2 * (Math.Cos(Math.PI * (counter - WarmupSteps) / Steps) + 1);
        return Math.Max(cosine, Minimum);
    }

    private double NeoxHead(long updates) =>
        WarmupSteps > 0 && updates <= WarmupSteps
            ? Peak * Math.Max(1, updates) / WarmupSteps
            : Minimum + (Peak - Minimum) / 2 * (1 + Math.Cos(Math.PI * DecayFraction(updates)));

    private double Warmed(long updates, double share) =>
        updates < WarmupSteps ? Math.Min(Peak, Peak * (updates + 1) / WarmupSteps) : Minimum + (Peak - Minimum) * share;

    // How much of the way from the end of warmup to the last step is done, 0 to 1.
    private double DecayFraction(long updates) =>
        Steps <= WarmupSteps ? 1 : Math.Clamp((updates - WarmupSteps) / (Steps - WarmupSteps), 0, 1);
}
