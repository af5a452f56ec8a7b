namespace Castalia.Data;

/// <summary>How documents become packed tokens.</summary>
public sealed record PackOptions
{
    /// <summary>The <c>tokenizer.json</c> to encode with.</summary>
    public required string TokenizerPath { get; init; }

    /// <summary>Whether every document ends in the tokenizer's end-of-text token, as Pythia's do.</summary>
    public bool AppendEod { get; init; } = true;

    /// <summary>Threads that encode. The result does not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The parts of a corpus to pack. Test is left out: it is scored as text, document by document.</summary>
    public IReadOnlyList<CorpusSplit> Splits { get; init; } = [CorpusSplit.Train, CorpusSplit.Validation];
}
