namespace Castalia.Evaluation;

/// <summary>What a model answered for one document, with what is needed to judge it.</summary>
public abstract record Outcome;

/// <summary>The answers for every choice of a document.</summary>
/// <param name="Choices">The choices as they stand in the document, without delimiter.</param>
/// <param name="Gold">Indexes of the right choices; -100 stands for a gold that is no choice, which nothing equals.</param>
/// <param name="Answers">One answer a choice.</param>
/// <param name="Unconditional">The choices' answers without a context, where mutual information is asked for; else null.</param>
public sealed record ChoiceOutcome(
    IReadOnlyList<string> Choices, IReadOnlyList<int> Gold, IReadOnlyList<Loglikelihood> Answers, IReadOnlyList<Loglikelihood>? Unconditional) : Outcome;

/// <summary>The answer for the one target of a document.</summary>
/// <param name="Answer">The answer.</param>
public sealed record TargetOutcome(Loglikelihood Answer) : Outcome;

/// <summary>The log-probability of a whole document.</summary>
/// <param name="Value">In nats.</param>
/// <param name="Words">Words of the document: parts between runs of white space, empty ones at the edges included.</param>
/// <param name="Bytes">UTF-8 bytes of the document.</param>
public sealed record RollingOutcome(double Value, long Words, long Bytes) : Outcome;

/// <summary>A text that was generated, as the filters left it.</summary>
/// <param name="References">The right answers.</param>
/// <param name="Prediction">The answer: text, or a list where the filters keep several.</param>
public sealed record GenerationOutcome(IReadOnlyList<object?> References, object? Prediction) : Outcome;
