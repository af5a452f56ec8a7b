using System.Runtime.InteropServices;
using Castalia.Models.Sampling;

namespace Castalia.Models;

/// <summary>One sequence of a batch: its tokens, and how the next one is chosen.</summary>
internal sealed class BatchSequence
{
    private readonly GenerationOptions _options;
    private readonly TokenSampler _sampler;
    private readonly IReadOnlyList<int> _stops;
    private readonly List<int> _tokens;
    private readonly int _prompt;

    public BatchSequence(int id, ReadOnlySpan<int> prompt, GenerationOptions options, IReadOnlyList<int> stops, long stream, SamplingRoom room)
    {
        Id = id;
        _options = options;
        _stops = stops;
        _prompt = prompt.Length;
        _tokens = [.. prompt];
        _sampler = new TokenSampler(options, stream, room);
        _sampler.See(prompt);
    }

    public int Id { get; }

    /// <summary>Prompt and continuation so far.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">The model's scores of it.</param>
    /// <param name="logSum">The logarithm of the sum of their exponentials.</param>
    /// <param name="capacity">The most tokens the sequence can have.</param>
    /// <param name="room">Arrays to work in.</param>
    public BatchToken Choose(ReadOnlySpan<float> logits, float logSum, int capacity, SamplingRoom room)
    {
        int token = _sampler.Choose(logits);
        _tokens.Add(token);
        FinishReason? finish = _stops.Contains(token) ? FinishReason.Stop
            : _tokens.Count - _prompt == _options.MaxNewTokens || _tokens.Count >= capacity ? FinishReason.Length : null;
        return new BatchToken(Id, token, logits[token] - logSum, Top(logits, logSum, room), finish);
    }

    private TokenProbability[] Top(ReadOnlySpan<float> logits, float logSum, SamplingRoom room)
    {
        if (_options.LogProbabilities is not int wanted || wanted == 0)
            return [];
        int count = Math.Min(wanted, logits.Length);
        float least = room.Highest(logits, count);
        var top = new List<TokenProbability>(count);
        for (int token = 0; token < logits.Length; token++)
        {
            if (logits[token] >= least)
                top.Add(new TokenProbability(token, logits[token] - logSum));
        }
        return [.. top.OrderByDescending(one => one.LogProbability).ThenBy(one => one.Token).Take(count)];
    }
}
