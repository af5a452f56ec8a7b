using System.ComponentModel.DataAnnotations;

namespace Castalia.Models;

/// <summary>
/// How a prompt is continued, under the names that HF's transformers uses. As it stands: greedily, up to 64 tokens, until the model's end
/// token. What changes the distribution is applied in transformers' order: repetition penalty, temperature, top k, top p, min p, typical p.
/// </summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens a prompt is continued by.</summary>
    [Range(1, 10_000_000)]
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Divides the logits before a token is drawn. 0 takes the likeliest token instead of drawing.</summary>
    public double Temperature { get; init; }

    /// <summary>Draws among the k likeliest tokens only, and those as likely as the last of them; null for all.</summary>
    public int? TopK { get; init; }

    /// <summary>
    /// Draws among the fewest likeliest tokens whose probabilities reach this sum (Holtzman et al. 2020), after temperature and
    /// <see cref="TopK"/>; null for all.
    /// </summary>
    public double? TopP { get; init; }

    /// <summary>Draws only among tokens at least this many times as probable as the likeliest one; null for all.</summary>
    public double? MinP { get; init; }

    /// <summary>
    /// Draws among the tokens whose information is nearest to the distribution's entropy and whose probabilities reach this sum
    /// (locally typical sampling, Meister et al. 2022); null for all.
    /// </summary>
    public double? TypicalP { get; init; }

    /// <summary>
    /// Makes tokens that prompt or continuation already hold less likely: their positive logits are divided by it, their negative ones
    /// multiplied (Keskar et al. 2019). 1 changes nothing; below 1 repetition is favoured. Counts without drawing too.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Continuations that beam search follows at a time; 1 for no beam search. Needs a temperature of 0.</summary>
    [Range(1, 1000)]
    public int NumBeams { get; init; } = 1;

    /// <summary>A beam's score is the sum of its log probabilities over its length to this power: above 0 favours long ones, below 0 short ones.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>When beam search ends: once there are as many ended beams as beams, or when no better one is to be expected.</summary>
    public EarlyStopping EarlyStopping { get; init; } = EarlyStopping.False;

    /// <summary>Where the draws come from. Each prompt of a batch has draws of its own.</summary>
    public long Seed { get; init; }

    /// <summary>Tokens after which a continuation ends; null for the model's end token, an empty list for none.</summary>
    public IReadOnlyList<int>? StopTokens { get; init; }

    /// <summary>Texts before which a continuation ends. They are not part of it.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>How many likeliest tokens to report beside each chosen one; null reports no probabilities.</summary>
    [Range(0, 1000)]
    public int? LogProbabilities { get; init; }

    /// <summary>Refuses settings that mean nothing.</summary>
    /// <exception cref="ArgumentException">The message says which.</exception>
    public void Validate()
    {
        Require(MaxNewTokens >= 1, nameof(MaxNewTokens), MaxNewTokens, "at least 1");
        Require(Temperature is 0 or >= 1e-30 and < 1e30, nameof(Temperature), Temperature, "0, or a number from 1e-30 to 1e30");
        Require(TopK is null or >= 1, nameof(TopK), TopK, "at least 1");
        Require(TopP is null or (> 0 and <= 1), nameof(TopP), TopP, "a number above 0 and at most 1");
        Require(MinP is null or (>= 0 and <= 1), nameof(MinP), MinP, "a number from 0 to 1");
        Require(TypicalP is null or (> 0 and <= 1), nameof(TypicalP), TypicalP, "a number above 0 and at most 1");
        Require(RepetitionPenalty > 0 && double.IsFinite(RepetitionPenalty), nameof(RepetitionPenalty), RepetitionPenalty, "a number above 0");
        Require(NumBeams is >= 1 and <= 1000, nameof(NumBeams), NumBeams, "a number from 1 to 1000");
        Require(NumBeams == 1 || Temperature == 0, nameof(Temperature), Temperature, $"0 with {nameof(NumBeams)} above 1: beam search draws nothing");
        Require(double.IsFinite(LengthPenalty), nameof(LengthPenalty), LengthPenalty, "a finite number");
        Require(LogProbabilities is null or (>= 0 and <= 1000), nameof(LogProbabilities), LogProbabilities, "a number from 0 to 1000");
        Require(StopStrings.All(text => text is { Length: > 0 and <= 10_000 }), nameof(StopStrings), "an empty or overlong text", "1 to 10,000 characters each");
        Require(StopStrings.Count <= 1000, nameof(StopStrings), StopStrings.Count + " texts", "at most 1000");
    }

    private static void Require(bool holds, string name, object? value, string expected)
    {
        if (!holds)
            throw new ArgumentException(FormattableString.Invariant($"{name} is {value}; expected {expected}."));
    }
}

/// <summary>When beam search ends, under the values that HF's transformers gives <c>early_stopping</c>.</summary>
public enum EarlyStopping
{
    /// <summary>When the best running beam, at its present length, scores no better than the worst ended one.</summary>
    False,

    /// <summary>As soon as there are as many ended beams as beams.</summary>
    True,

    /// <summary>When no running beam can get better than the worst ended one at any length that is allowed.</summary>
    Never,
}
