using Castalia.Models;
using Castalia.Serving.Scheduling;

namespace Castalia.Serving.Tests;

/// <summary>
/// A model of closed form over bytes: it repeats its prompt, letter after letter, in capitals after the first time, and ends the text
/// before a letter '~'. Steps can be held at a gate, so that a test decides how far the batch is.
/// </summary>
internal sealed class FakeEngine(int slots = 4) : ISequenceEngine
{
    private readonly Dictionary<int, (int[] Prompt, GenerationOptions Options, int Made)> _live = [];
    private readonly SemaphoreSlim _gate = new(0);
    private volatile bool _gated;
    private int _next, _steps;

    /// <summary>How many steps were made.</summary>
    public int Steps => Volatile.Read(ref _steps);

    /// <summary>Set to let the next step fail.</summary>
    public Exception? Failure { get; set; }

    public int FreeSlots => slots - _live.Count;

    /// <summary>From now on each step waits to be let through.</summary>
    public void Close() => _gated = true;

    /// <summary>Lets some steps through.</summary>
    public void Let(int steps) => _gate.Release(steps);

    /// <summary>Steps wait no more.</summary>
    public void Open()
    {
        _gated = false;
        _gate.Release(1000);
    }

    /// <summary>What the model makes of a prompt.</summary>
    public static string Continuation(string prompt, int count)
    {
        string all = prompt + string.Concat(Enumerable.Repeat(prompt.ToUpperInvariant(), (count / prompt.Length) + 1));
        string made = all[..count];
        return made.Contains('~') ? made[..made.IndexOf('~')] : made;
    }

    public int Add(ReadOnlySpan<int> prompt, GenerationOptions options, long stream)
    {
        Assert.True(FreeSlots > 0);
        _live.Add(_next, (prompt.ToArray(), options, 0));
        return _next++;
    }

    public void Remove(int sequence) => Assert.True(_live.Remove(sequence));

    public IReadOnlyList<BatchToken> Step(CancellationToken cancellation)
    {
        if (_gated)
            _gate.Wait(cancellation);
        Interlocked.Increment(ref _steps);
        if (Failure is { } failure)
        {
            Failure = null;
            throw failure;
        }
        var tokens = new List<BatchToken>();
        foreach ((int id, (int[] prompt, GenerationOptions options, int made)) in _live.ToArray())
        {
            int token = prompt[made % prompt.Length];
            if (made >= prompt.Length && token is >= 'a' and <= 'z')
                token -= 32;
            if (token == '~')
                token = ByteTokenizer.EndOfText;
            bool ends = options.StopTokens!.Contains(token);
            FinishReason? finish = ends ? FinishReason.Stop : made + 1 == options.MaxNewTokens ? FinishReason.Length : null;
            TokenProbability[] top = options.LogProbabilities is > 0 and var k ? [.. Enumerable.Range(0, k).Select(i => new TokenProbability((token + i) % 256, -0.5f - i))] : [];
            tokens.Add(new BatchToken(id, token, -0.5f, top, finish));
            if (finish is null)
                _live[id] = (prompt, options, made + 1);
            else
                _live.Remove(id);
        }
        return tokens;
    }

    public IReadOnlyList<PromptScores> Score(IReadOnlyList<PromptToScore> prompts, CancellationToken cancellation) =>
        [.. prompts.Select(prompt => new PromptScores(
            [.. prompt.Tokens.Select((_, i) => -i / 8f)],
            [.. prompt.Tokens.Select((token, i) => (IReadOnlyList<TokenProbability>)[.. Enumerable.Range(0, prompt.Alternatives).Select(k => new TokenProbability((token + k) % 256, (-i / 8f) - k))])],
            [new TokenProbability(prompt.Tokens[0], -0.5f)]))];

    public void Dispose() => _gate.Dispose();
}
