using Castalia.Models.Beams;

namespace Castalia.Models;

/// <summary>Continues prompts: a <see cref="ContinuousBatch"/> that takes them in turn, or beam search for one after the other.</summary>
/// <param name="model">The model; it is not disposed of.</param>
public sealed class Generator(Transformer model)
{
    /// <summary>How many prompts are continued at a time at most; fewer where memory is short. More are faster together, and take memory; what becomes of each is the same.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Told what is worth knowing and no error: that a length is asked for which the model was not trained for.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>Continues one prompt.</summary>
    /// <inheritdoc cref="Generate(IReadOnlyList{int[]}, GenerationOptions?, Action{GeneratedToken}?, CancellationToken)"/>
    public int[] Generate(
        int[] prompt, GenerationOptions? options = null, Action<GeneratedToken>? onToken = null, CancellationToken cancellation = default) =>
        Generate([prompt], options, onToken, cancellation)[0];

    /// <summary>Continues prompts of any lengths.</summary>
    /// <param name="prompts">Token ids, at least one a prompt.</param>
    /// <param name="options">How to continue; null for greedily. Stop strings are not seen here: <see cref="TextGenerator"/> knows text.</param>
    /// <param name="onToken">Told each token as soon as it is chosen, the stop token included; with beams all those of a prompt at its end, without probabilities.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The new tokens of each prompt, the stop token included where one was reached.</returns>
    /// <exception cref="ArgumentException">A prompt is empty, too long, or holds what is no token, or an option means nothing.</exception>
    public IReadOnlyList<int[]> Generate(
        IReadOnlyList<int[]> prompts, GenerationOptions? options = null, Action<GeneratedToken>? onToken = null,
        CancellationToken cancellation = default)
    {
        options ??= new GenerationOptions();
        int longest = Check(prompts, options);
        if (options.NumBeams > 1)
            return [.. prompts.Select((prompt, row) => Best(prompt, row, options, onToken, cancellation))];

        List<int>[] continuations = [.. prompts.Select(_ => new List<int>())];
        Run(prompts, options, longest, (row, token) =>
        {
            continuations[row].Add(token.Token);
            onToken?.Invoke(new GeneratedToken(row, token.Token, token.LogProbability, token.Top, token.Finish));
            return true;
        }, cancellation);
        return [.. continuations.Select(tokens => tokens.ToArray())];
    }

    /// <summary>Continues a prompt by beam search.</summary>
    /// <param name="prompt">Token ids, at least one.</param>
    /// <param name="options">How: beams, length penalty, early stopping, repetition penalty, lengths, stop tokens.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>What was found, the best first, at most as many as there are beams.</returns>
    /// <exception cref="ArgumentException">The prompt is empty, too long, or holds what is no token, or an option means nothing.</exception>
    public IReadOnlyList<BeamHypothesis> Search(int[] prompt, GenerationOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check([prompt], options);
        return BeamSearcher.Search(model, prompt, options, cancellation);
    }

    /// <summary>Continues prompts in turn, as many at a time as the batch takes.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="options">How.</param>
    /// <param name="longest">The longest prompt's length.</param>
    /// <param name="onToken">Told each token with its prompt's index; says whether that one goes on.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    private void Run(IReadOnlyList<int[]> prompts, GenerationOptions options, int longest, Func<int, BatchToken, bool> onToken, CancellationToken cancellation)
    {
        int capacity = longest + options.MaxNewTokens, slots = Math.Min(Math.Min(prompts.Count, BatchSize), CacheMemory.Fitting(model.Weights, capacity));
        using var batch = new ContinuousBatch(model, slots, capacity);
        var rows = new Dictionary<int, int>(); // by sequence
        for (int next = 0; next < prompts.Count || rows.Count > 0;)
        {
            for (; next < prompts.Count && batch.FreeSlots > 0; next++)
                rows.Add(batch.Add(prompts[next], options, stream: next), next);
            foreach (BatchToken token in batch.Step(cancellation))
            {
                bool goesOn = onToken(rows[token.Sequence], token);
                if (goesOn && token.Finish is null)
                    continue;
                batch.Remove(token.Sequence);
                rows.Remove(token.Sequence);
            }
        }
    }

    private int[] Best(int[] prompt, int row, GenerationOptions options, Action<GeneratedToken>? onToken, CancellationToken cancellation)
    {
        IReadOnlyList<BeamHypothesis> found = BeamSearcher.Search(model, prompt, options, cancellation);
        int[] tokens = found.Count > 0 ? [.. found[0].Tokens] : [];
        for (int i = 0; i < tokens.Length && onToken is not null; i++)
        {
            FinishReason? finish = i < tokens.Length - 1 ? null : StopTokens.Of(options, model.Config).Contains(tokens[i]) ? FinishReason.Stop : FinishReason.Length;
            onToken(new GeneratedToken(row, tokens[i], float.NaN, [], finish));
        }
        return tokens;
    }

    /// <summary>As <see cref="Generate(IReadOnlyList{int[]}, GenerationOptions?, Action{GeneratedToken}?, CancellationToken)"/>, for who may end a continuation.</summary>
    internal void Generate(IReadOnlyList<int[]> prompts, GenerationOptions options, Func<int, BatchToken, bool> onToken, CancellationToken cancellation)
    {
        int longest = Check(prompts, options);
        if (options.NumBeams == 1)
        {
            Run(prompts, options, longest, onToken, cancellation);
            return;
        }
        bool goesOn = true;
        for (int row = 0; row < prompts.Count; row++, goesOn = true)
            Best(prompts[row], row, options, token => goesOn = goesOn && onToken(row, new BatchToken(row, token.Token, token.LogProbability, token.Top, token.Finish)), cancellation);
    }

    /// <summary>Checks prompts and options; returns the longest prompt's length.</summary>
    private int Check(IReadOnlyList<int[]> prompts, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        options.Validate();
        if (prompts.Count == 0)
            throw new ArgumentException("There is no prompt to continue.", nameof(prompts));
        for (int row = 0; row < prompts.Count; row++)
            PromptCheck.Require(prompts[row], model.Config, $"Prompt {row}");
        int longest = prompts.Max(prompt => prompt.Length);
        PositionLimit.Require(model.Config, (long)longest + options.MaxNewTokens);
        if (Warning is not null && PositionLimit.Warning(model.Config, (long)longest + options.MaxNewTokens) is { } warning)
            Warning(warning);
        return longest;
    }
}
