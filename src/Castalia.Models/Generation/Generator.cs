using Castalia.Models.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models;

/// <summary>A token of a continuation, as it comes.</summary>
/// <param name="Prompt">Which prompt of the batch it continues.</param>
/// <param name="Token">The token's id.</param>
public readonly record struct GeneratedToken(int Prompt, int Token);

/// <summary>Continues prompts token by token with keys and values kept, one pass for a whole batch a token.</summary>
/// <param name="model">The model.</param>
public sealed class Generator(Transformer model)
{
    /// <summary>Continues one prompt.</summary>
    /// <inheritdoc cref="Generate(IReadOnlyList{int[]}, GenerationOptions?, Action{GeneratedToken}?, CancellationToken)"/>
    public int[] Generate(
        int[] prompt, GenerationOptions? options = null, Action<GeneratedToken>? onToken = null, CancellationToken cancellation = default) =>
        Generate([prompt], options, onToken, cancellation)[0];

    /// <summary>Continues prompts of any lengths together; shorter ones are padded on the left.</summary>
    /// <param name="prompts">Token ids, at least one a prompt.</param>
    /// <param name="options">How to continue; null for greedily.</param>
    /// <param name="onToken">Told each token as soon as it is chosen, the stop token included.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The new tokens of each prompt, the stop token included where one was reached.</returns>
    /// <exception cref="ArgumentException">A prompt is empty or holds what is no token, or an option means nothing.</exception>
    public IReadOnlyList<int[]> Generate(
        IReadOnlyList<int[]> prompts, GenerationOptions? options = null, Action<GeneratedToken>? onToken = null,
        CancellationToken cancellation = default)
    {
        options ??= new GenerationOptions();
        options.Validate();
        Check(prompts);
        IReadOnlyList<int> stops = options.StopTokens ?? (model.Config.EndTokenId is int end ? [end] : []);

        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        int batch = prompts.Count, longest = prompts.Max(prompt => prompt.Length), capacity = longest + options.MaxNewTokens;
        using var cache = new KeyValueCache(model.Weights, batch, capacity);
        Tensor? mask = prompts.Any(prompt => prompt.Length != longest) ? PaddingMask(prompts, longest, capacity) : null;
        var room = new SamplingRoom();
        TokenSampler[] samplers = [.. Enumerable.Range(0, batch).Select(row => new TokenSampler(options, row, room))];
        for (int row = 0; row < batch; row++)
            samplers[row].See(prompts[row]);
        List<int>[] continuations = [.. Enumerable.Range(0, batch).Select(_ => new List<int>())];
        bool[] ended = new bool[batch];
        float[] logits = new float[batch * model.Config.VocabularySize];
        long[] next = new long[batch];

        Tensor ids = PaddedPrompts(prompts, longest); // [batch, longest], then [batch, 1]
        for (int count = 0; count < options.MaxNewTokens && !ended.All(done => done); count++)
        {
            cancellation.ThrowIfCancellationRequested();
            NextLogits(ids, cache, mask, logits);
            for (int row = 0; row < batch; row++)
            {
                if (ended[row])
                    continue; // goes along with its last token; nobody reads what comes of it
                int token = samplers[row].Choose(logits.AsSpan(row * model.Config.VocabularySize, model.Config.VocabularySize));
                continuations[row].Add(token);
                ended[row] = stops.Contains(token);
                next[row] = token;
                onToken?.Invoke(new GeneratedToken(row, token));
            }
            ids.Dispose();
            ids = tensor(next).view(batch, 1);
        }
        return [.. continuations.Select(tokens => tokens.ToArray())];
    }

    /// <summary>Runs the tokens through the model and copies the last position's logits, [batch, vocabulary], into the array.</summary>
    private void NextLogits(Tensor ids, KeyValueCache cache, Tensor? mask, float[] logits)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = model.Hidden(ids, new ForwardOptions
        {
            Cache = cache,
            AttentionMask = mask?.narrow(1, 0, cache.Length + ids.shape[1]),
        });
        Tensor last = model.Logits(hidden.select(1, ids.shape[1] - 1)).to(ScalarType.Float32).cpu().contiguous();
        last.data<float>().CopyTo(logits);
    }

    private void Check(IReadOnlyList<int[]> prompts)
    {
        if (prompts.Count == 0)
            throw new ArgumentException("There is no prompt to continue.", nameof(prompts));
        for (int row = 0; row < prompts.Count; row++)
        {
            if (prompts[row].Length == 0)
                throw new ArgumentException($"Prompt {row} has no tokens; give at least the model's begin token.", nameof(prompts));
            int wrong = Array.FindIndex(prompts[row], token => token < 0 || token >= model.Config.VocabularySize);
            if (wrong >= 0)
            {
                throw new ArgumentException(
                    $"Prompt {row} has {prompts[row][wrong]} at position {wrong}; tokens go from 0 to {model.Config.VocabularySize - 1}.", nameof(prompts));
            }
        }
    }

    private static Tensor PaddedPrompts(IReadOnlyList<int[]> prompts, int longest)
    {
        long[] ids = new long[prompts.Count * longest];
        for (int row = 0; row < prompts.Count; row++)
        {
            int start = (row + 1) * longest - prompts[row].Length;
            for (int i = 0; i < prompts[row].Length; i++)
                ids[start + i] = prompts[row][i];
        }
        return tensor(ids).view(prompts.Count, longest);
    }

    /// <summary>[batch, capacity], false where a row is padded; a step reads its first columns.</summary>
    private static Tensor PaddingMask(IReadOnlyList<int[]> prompts, int longest, int capacity)
    {
        Tensor mask = ones([prompts.Count, capacity], ScalarType.Bool);
        for (int row = 0; row < prompts.Count; row++)
            mask[row].narrow(0, 0, longest - prompts[row].Length).fill_(false);
        return mask;
    }
}
