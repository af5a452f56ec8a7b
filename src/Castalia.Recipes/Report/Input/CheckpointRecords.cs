using Castalia.Evaluation;
using Castalia.Interpretability;

namespace Castalia.Recipes.Report;

/// <summary>Scores of one checkpoint.</summary>
/// <param name="Step">Updates made.</param>
/// <param name="Scores">Every metric of every task and group.</param>
public sealed record CheckpointScores(long Step, IReadOnlyList<TaskScore> Scores);

/// <summary>One metric of one task.</summary>
/// <param name="Task">The task or group.</param>
/// <param name="Metric">The metric, with its filter where that is not <c>none</c>: <c>acc</c>, <c>exact_match (strict-match)</c>.</param>
/// <param name="Value">The score.</param>
/// <param name="StandardError">Its standard error; null where none is given.</param>
/// <param name="HigherIsBetter">Whether more is better; null where it is not said.</param>
/// <param name="Group">The group that the task is part of; null for a task of its own and for a group.</param>
/// <param name="Samples">How many samples it was measured on; null where it is not said.</param>
public sealed record TaskScore(string Task, string Metric, double Value, double? StandardError, bool? HigherIsBetter, string? Group, long? Samples);

/// <summary>Bits per byte of one checkpoint.</summary>
/// <param name="Step">Updates made.</param>
/// <param name="Components">By component.</param>
/// <param name="Total">Over all components; null where the file has none.</param>
public sealed record CheckpointBits(long Step, IReadOnlyDictionary<string, ComponentScore> Components, ComponentScore? Total);

/// <summary>The logit lens on one checkpoint.</summary>
/// <param name="Step">Updates made.</param>
/// <param name="Tokens">Tokens looked at.</param>
/// <param name="Layers">From the embedding to the output.</param>
public sealed record CheckpointLens(long Step, long Tokens, IReadOnlyList<LensLayer> Layers);

/// <summary>What one checkpoint wrote.</summary>
/// <param name="Step">Updates made.</param>
/// <param name="Prompt">What it was given.</param>
/// <param name="Text">What it wrote.</param>
public sealed record Continuation(long Step, string Prompt, string Text);
