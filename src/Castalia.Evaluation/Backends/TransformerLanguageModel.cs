using Castalia.Models;
using Castalia.Tensors;
using Castalia.Text;

namespace Castalia.Evaluation;

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
    private readonly LanguageModelOptions _options;
    private readonly string _prefixText;

    /// <summary>Takes a model and its tokenizer; neither is disposed of.</summary>
    /// <param name="transformer">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="name">What results call it.</param>
    /// <param name="options">Lengths, special tokens and passes; defaults if null.</param>
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
        _options = options;
        _tokenizer = tokenizer;
        PrefixToken = options.PrefixToken ?? IdOf(options.BeginToken) ?? IdOf(options.EndToken) ?? tokenizer.EndOfTextId
            ?? throw new InputException(name, "tokenizer", "the tokenizer has no end-of-text token to begin a text with.",
                "Give the id of a prefix token.");
        _prefixText = tokenizer.IdToToken(PrefixToken) ?? "";
        _scorer = new SequenceScorer(new TransformerTree(transformer), Math.Max(1, options.TokensPerPass ?? TransformerTree.TokensFor(transformer.Config)));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ModelDescription Description => new()
    {
        TokenizerName = Name,
        MaxLength = MaxLength,
        EndOfTextId = IdOf(_options.EndToken) ?? _tokenizer.EndOfTextId,
        Pad = Named(_options.PadToken) ?? Named(_options.EndToken),
        End = Named(_options.EndToken),
        Begin = Named(_options.BeginToken),
    };

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
        var firsts = new List<int>(); // where another context begins
        for (int i = 0; i < requests.Count; i++)
        {
            if (i == 0 || requests[i].Context != requests[i - 1].Context)
                firsts.Add(i);
        }
        SideBySide.For(firsts.Count, group =>
        {
            // Choices of one context: it is encoded once.
            (string Text, int[] Tokens)? context = null;
            int[] EncodeOnce(string text)
            {
                if (context is { } known && known.Text == text)
                    return known.Tokens;
                int[] tokens = Tokens(text);
                context ??= (text, tokens);
                return tokens;
            }

            int end = group + 1 < firsts.Count ? firsts[group + 1] : requests.Count;
            for (int i = firsts[group]; i < end; i++)
                sequences[i] = Encode(requests[i], EncodeOnce);
        }, cancellationToken);
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
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return new TransformerWriter(this, _tokenizer, _options).Write(requests, Tokens, answered, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="InputException">The model has no template, or none of that name.</exception>
    public IChatFormat? Chat(string? template) => _options.ChatTemplate?.Invoke(template) is { } found ? new TemplateChatFormat(found, systemMayGo: true) : null;

    /// <summary>Whole texts one after the other, in disjoint windows; only some are in memory at a time.</summary>
    internal IEnumerable<RollingText> Rolling(IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        var windows = new List<ScoredSequence>();
        var counts = new List<(int tokens, int windows)>();
        int first = 0;
        long held = 0;
        foreach (string text in texts)
        {
            int[] tokens = Tokens(text);
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
    private ScoredSequence Encode(LoglikelihoodRequest request, Func<string, int[]> encode)
    {
        TokenPair pair = TokenPair.Encode(request.Context, request.Continuation, encode, PrefixToken);
        if (pair.Continuation.Length == 0)
        {
            throw new InputException(Name, $"request '{Shorten(request.Continuation)}'",
                "the tokenizer leaves the continuation no token of its own after its context.",
                "Begin the continuation where a token begins, with a blank for most tokenizers.");
        }
        if (pair.Continuation.Length > MaxLength)
        {
            throw new InputException(Name, $"request '{Shorten(request.Continuation)}'",
                $"the continuation has {pair.Continuation.Length} tokens, and the model reads {MaxLength}.",
                "Use a model with a longer context, or a task with shorter choices.");
        }
        return ScoredSequence.Of(pair, PrefixToken, MaxLength);
    }

    /// <summary>A text's tokens, with what the tokenizer puts before a text, but never twice: a chat template may have written it already.</summary>
    private int[] Tokens(string text)
    {
        bool adds = _options.AddBeginToken ?? !(_prefixText.Length > 0 && text.StartsWith(_prefixText, StringComparison.Ordinal));
        return _tokenizer.Encode(text, adds ? EncodeOptions.None : EncodeOptions.WithoutPostProcessor);
    }

    private int? IdOf(string? token) => token is null ? null : _tokenizer.TokenToId(token);

    private (string, int)? Named(string? token) => IdOf(token) is { } id ? (token!, id) : null;

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..57] + "...";

    /// <summary>The score of a whole text.</summary>
    internal readonly record struct RollingText(int Index, int Tokens, double Loglikelihood);
}
