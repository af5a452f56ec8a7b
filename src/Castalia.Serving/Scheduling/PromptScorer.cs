using Castalia.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Serving.Scheduling;

/// <summary>Log-probabilities of prompts' own tokens by plain passes of the model, and the likeliest tokens in each place.</summary>
/// <param name="model">The model.</param>
internal sealed class PromptScorer(Transformer model)
{
    // The logits of so many elements exist at a time.
    private const int LogitsAtATime = 8 << 20;

    /// <summary>Scores prompts together in one pass.</summary>
    /// <param name="prompts">Prompts of any lengths.</param>
    /// <param name="cancellation">Stops before the pass.</param>
    public IReadOnlyList<PromptScores> Score(IReadOnlyList<PromptToScore> prompts, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int longest = prompts.Max(prompt => prompt.Tokens.Length);
        long[] ids = new long[prompts.Count * longest];
        for (int row = 0; row < prompts.Count; row++)
        {
            for (int i = 0; i < prompts[row].Tokens.Length; i++)
                ids[(row * longest) + i] = prompts[row].Tokens[i];
        }
        // Shorter prompts are filled up on their right, which no position to the left can see.
        Tensor hidden = model.Hidden(tensor(ids, [prompts.Count, longest], device: model.Weights.Device)); // [batch, sequence, hidden]
        return [.. prompts.Select((prompt, row) => Score(prompt, hidden[row].narrow(0, 0, prompt.Tokens.Length)))];
    }

    private PromptScores Score(PromptToScore prompt, Tensor hidden) // [sequence, hidden]
    {
        int count = prompt.Tokens.Length, alternatives = Math.Max(1, prompt.Alternatives);
        float[] own = new float[count];
        var top = new IReadOnlyList<TokenProbability>[count + 1]; // of the place after each token
        int atATime = Math.Max(1, LogitsAtATime / model.Config.VocabularySize);
        for (int start = 0; start < count; start += atATime)
        {
            using DisposeScope scope = NewDisposeScope();
            int rows = Math.Min(atATime, count - start);
            Tensor logits = model.Logits(hidden.narrow(0, start, rows)).to(ScalarType.Float32).cpu(); // [rows, vocabulary]
            Tensor sums = logits.logsumexp(1, keepdim: true);                                          // [rows, 1]
            long[] next = [.. Enumerable.Range(start + 1, rows).Select(i => i < count ? prompt.Tokens[i] : 0L)];
            // The same difference of the same numbers for a token and for the likeliest ones: equal where they are the same token.
            float[] given = (logits.gather(1, tensor(next).view(rows, 1)) - sums).data<float>().ToArray();
            (Tensor values, Tensor indices) = alternatives == 1 ? logits.max(1, keepdim: true) : logits.topk(Math.Min(alternatives, model.Config.VocabularySize), 1);
            float[] likeliest = (values - sums).data<float>().ToArray();
            long[] tokens = indices.contiguous().data<long>().ToArray();
            int width = likeliest.Length / rows;
            for (int row = 0; row < rows; row++)
            {
                if (start + row + 1 < count)
                    own[start + row + 1] = given[row];
                var places = new TokenProbability[width];
                for (int i = 0; i < width; i++)
                    places[i] = new TokenProbability((int)tokens[(row * width) + i], likeliest[(row * width) + i]);
                top[start + row + 1] = places;
            }
        }
        IReadOnlyList<TokenProbability> after = top[count];
        return new PromptScores(own, [.. top[..count].Select(places => prompt.Alternatives == 0 ? [] : places)], after);
    }
}
