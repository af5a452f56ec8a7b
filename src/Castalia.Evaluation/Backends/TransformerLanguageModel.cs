using Castalia.Models;
using Castalia.Tensors;
using Castalia.Text;

namespace Castalia.Evaluation;

/// <summary>How a transformer answers requests.</summary>
public sealed record LanguageModelOptions
{
    /// <summary>Most tokens that one pass reads; null for as many as the model has positions.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Tokens of a batch, padding included. More is not faster once the processor's products are full, and takes memory.</summary>
    public int TokensPerBatch { get; init; } = 4096;

    /// <summary>What a text begins with; null for the tokenizer's end-of-text token.</summary>
    public int? PrefixToken { get; init; }
}

/// <summary>
/// A transformer of ours as a language model of the harness: its encoding of context and continuation, its truncation on the left, its
/// windows. Computes in the type of the transformer's weights; sums are in double.
/// </summary>
public sealed class TransformerLanguageModel : ILanguageModel
{
    // Requests whose tokens are in memory at a time: many batches' worth, so that like lengths meet, and still little.
    private const int TokensAtATime = 4 << 20;

    private readonly Tokenizer _tokenizer;
    private readonly SequenceScorer _scorer;

    /// <summary>Takes a model and its tokenizer; neither is disposed of.</summary>
    /// <param name="transformer">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="name">What results call it.</param>
    /// <param name="options">Lengths and batches; defaults if null.</param>
    /// <exception cref="InputException">The tokenizer has ids that the model does not know, or no end-of-text token, and no prefix token is given.</exception>
    public TransformerLanguageModel(Transformer transformer, Tokenizer tokenizer, string name, LanguageModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(transformer);
        ArgumentNullException.ThrowIfNull(tokenizer);
        Libtorch.Initialize();
        options ??= new LanguageModelOptions();
        if (tokenizer.VocabularySize > transformer.Config.VocabularySize)
        {
            throw new InputException(name, "tokenizer",
                $"the tokenizer has {tokenizer.VocabularySize} ids, the model only {transformer.Config.VocabularySize}.",
                "Use the tokenizer that the model was trained with.");
        }
        Transformer = transformer;
        Name = name;
        MaxLength = Math.Clamp(options.MaxLength ?? transformer.Config.MaxPositions, 1, transformer.Config.MaxPositions);
        PrefixToken = options.PrefixToken ?? tokenizer.EndOfTextId
            ?? throw new InputException(name, "tokenizer", "the tokenizer has no end-of-text token to begin a text with.",
                "Give the id of a prefix token.");
        _tokenizer = tokenizer;
        _scorer = new SequenceScorer(transformer, Math.Max(1, options.TokensPerBatch));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The model.</summary>
    public Transformer Transformer { get; }

    /// <summary>Most tokens that one pass reads.</summary>
    public int MaxLength { get; }

    /// <summary>What a text begins with.</summary>
    public int PrefixToken { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Loglikelihood> Loglikelihoods(
        IReadOnlyList<LoglikelihoodRequest> requests, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var sequences = new ScoredSequence[requests.Count];
        SideBySide.For(sequences.Length, i => sequences[i] = Encode(requests[i]), cancellationToken);
        return _scorer.Score(sequences, answered, cancellationToken);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> RollingLoglikelihoods(
        IReadOnlyList<RollingRequest> requests, Action<int, double>? answered = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var sums = new double[requests.Count];
        foreach (RollingText text in Rolling(requests.Select(request => request.Text), cancellationToken))
        {
            sums[text.Index] = text.Loglikelihood;
            answered?.Invoke(text.Index, text.Loglikelihood);
        }
        return sums;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Generate(
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default) =>
        throw new InputException(Name, "generate_until", "this model does not generate texts yet.", "Run tasks that score texts.");

    /// <summary>Whole texts one after the other, in disjoint windows; only some are in memory at a time.</summary>
    internal IEnumerable<RollingText> Rolling(IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        var windows = new List<ScoredSequence>();
        var counts = new List<(int tokens, int windows)>();
        int first = 0;
        long held = 0;
        foreach (string text in texts)
        {
            int[] tokens = _tokenizer.Encode(text);
            IReadOnlyList<RollingWindow> own = RollingWindows.Of(tokens, PrefixToken, MaxLength);
            windows.AddRange(own.Select(window => new ScoredSequence([.. window.Context, .. window.Targets], window.Context.Count)));
            counts.Add((tokens.Length, own.Count));
            held += tokens.Length;
            if (held < TokensAtATime)
                continue;
            foreach (RollingText scored in Sums(windows, counts, first, cancellationToken))
                yield return scored;
            first += counts.Count;
            held = 0;
            windows.Clear();
            counts.Clear();
        }
        foreach (RollingText scored in Sums(windows, counts, first, cancellationToken))
            yield return scored;
    }

    private IEnumerable<RollingText> Sums(List<ScoredSequence> windows, List<(int tokens, int windows)> counts, int first, CancellationToken cancellationToken)
    {
        Loglikelihood[] scores = _scorer.Score(windows, null, cancellationToken);
        int next = 0;
        for (int i = 0; i < counts.Count; i++)
        {
            double sum = 0;
            for (int end = next + counts[i].windows; next < end; next++)
                sum += scores[next].Value;
            yield return new RollingText(first + i, counts[i].tokens, sum);
        }
    }

    /// <summary>Context and continuation as one sequence; what does not fit is cut off on the left.</summary>
    private ScoredSequence Encode(LoglikelihoodRequest request)
    {
        (int[] context, int[] continuation) = TokenPair.Encode(request.Context, request.Continuation, text => _tokenizer.Encode(text), PrefixToken);
        if (continuation.Length == 0)
        {
            throw new InputException(Name, $"request '{Shorten(request.Continuation)}'",
                "the tokenizer leaves the continuation no token of its own after its context.",
                "Begin the continuation where a token begins, with a blank for most tokenizers.");
        }
        if (continuation.Length > MaxLength)
        {
            throw new InputException(Name, $"request '{Shorten(request.Continuation)}'",
                $"the continuation has {continuation.Length} tokens, and the model reads {MaxLength}.",
                "Use a model with a longer context, or a task with shorter choices.");
        }
        // A context of nothing but white space has no token left to begin with.
        int[] before = context.Length > 0 ? context : [PrefixToken];
        int kept = Math.Min(before.Length, MaxLength + 1 - continuation.Length);
        return new ScoredSequence([.. before.AsSpan(before.Length - kept), .. continuation], kept);
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..57] + "...";

    /// <summary>The score of a whole text.</summary>
    internal readonly record struct RollingText(int Index, int Tokens, double Loglikelihood);
}
