using Castalia.Models;

namespace Castalia.Serving.Scheduling;

/// <summary>A transformer as the scheduler wants it: a continuous batch, and passes over prompts beside it.</summary>
/// <param name="model">The model; it is not disposed of.</param>
/// <param name="slots">Sequences at a time.</param>
/// <param name="context">The most tokens of a sequence.</param>
internal sealed class TransformerEngine(Transformer model, int slots, int context) : ISequenceEngine
{
    private readonly ContinuousBatch _batch = new(model, slots, context) { ReusesPrefixes = true };
    private readonly PromptScorer _scorer = new(model);

    public int FreeSlots => _batch.FreeSlots;

    public int Add(ReadOnlySpan<int> prompt, GenerationOptions options, long stream) => _batch.Add(prompt, options, stream);

    public void Remove(int sequence) => _batch.Remove(sequence);

    public IReadOnlyList<BatchToken> Step(CancellationToken cancellation) => _batch.Step(cancellation);

    public IReadOnlyList<PromptScores> Score(IReadOnlyList<PromptToScore> prompts, CancellationToken cancellation) => _scorer.Score(prompts, cancellation);

    public void Dispose() => _batch.Dispose();
}
