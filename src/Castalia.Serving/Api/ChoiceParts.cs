using Castalia.Models;
using Castalia.Serving.Scheduling;
using Castalia.Serving.Decoding;

namespace Castalia.Serving.Api;

/// <summary>
/// Plans a request as a job and turns the job's answers into parts of choices; put together, the parts of a choice are the whole of it.
/// Choices are counted with all samples here: sample s of prompt p has index p · samples + s.
/// </summary>
internal sealed class ChoiceParts
{
    private readonly GenerationRequest _request;
    private readonly ModelDescription _model;
    private readonly bool _nextTokenFromScores;
    private readonly double[] _logProbabilitySums;
    private readonly int[] _lengths;

    /// <param name="request">The request.</param>
    /// <param name="model">The model that is served.</param>
    /// <param name="room">The most answers that may wait for the client.</param>
    public ChoiceParts(GenerationRequest request, ModelDescription model, int room)
    {
        (_request, _model) = (request, model);
        _logProbabilitySums = new double[request.Sequences];
        _lengths = new int[request.Sequences];
        // The evaluation harness asks for one token that it does not read: the pass that scores the prompt gives it as well.
        _nextTokenFromScores = request is { ScoresPrompts: true, MaxTokens: 1, Sampling.IsPlainGreedy: true };
        int? alternatives = request.LogProbabilities ?? (request.Samples > request.Choices ? 0 : null);
        var sequences = new List<SequencePlan>();
        if (request.MaxTokens > 0 && !_nextTokenFromScores)
        {
            foreach (Prompt prompt in request.Prompts)
            {
                for (int sample = 0; sample < request.Samples; sample++)
                    sequences.Add(new SequencePlan(prompt.Tokens, request.Sampling.For(sample, request.MaxTokens, alternatives), NewText()));
            }
        }
        PromptToScore[] scored = request.ScoresPrompts ? [.. request.Prompts.Select(prompt => new PromptToScore(prompt.Tokens, request.LogProbabilities!.Value))] : [];
        Job = new Job(scored, sequences, Math.Max(room, scored.Length));
        if (scored.Length + sequences.Count == 0)
            Job.End(null); // echo alone
    }

    /// <summary>The work that the request comes to.</summary>
    public Job Job { get; }

    /// <summary>Whether the model has nothing to do for it.</summary>
    public bool NeedsNoModel => Job.Ended;

    /// <summary>Tokens so far.</summary>
    public Usage Usage => new(_request.Prompts.Sum(prompt => prompt.Tokens.Length), _lengths.Sum());

    /// <summary>The parts that are there before the model has done anything.</summary>
    public IEnumerable<Choice> Opening() => !_request.Echo || _request.ScoresPrompts ? []
        : Enumerable.Range(0, _request.Sequences).Select(index => new Choice(index, PromptOf(index).Text, null, _request.MaxTokens == 0 ? FinishReason.Length : null));

    /// <summary>The parts that an answer adds.</summary>
    public IEnumerable<Choice> Take(Answer answer) => answer switch
    {
        PromptAnswer scored => Enumerable.Range(scored.Prompt * _request.Samples, _request.Samples).Select(index => OfScores(index, scored.Scores)),
        TokenAnswer token => [OfToken(token)],
        _ => throw new ArgumentOutOfRangeException(nameof(answer)),
    };

    /// <summary>The mean log-probability of a sequence's tokens, by which the best of several are chosen.</summary>
    public double MeanLogProbability(int index) => _lengths[index] == 0 ? 0 : _logProbabilitySums[index] / _lengths[index];

    private Prompt PromptOf(int index) => _request.Prompts[index / _request.Samples];

    private SequenceText NewText() => new(_model.Tokenizer, _request.Sampling.Stop);

    private Choice OfScores(int index, PromptScores scores)
    {
        Prompt prompt = PromptOf(index);
        var tokens = new List<TokenEntry>(prompt.Tokens.Length + 1);
        for (int i = 0; i < prompt.Tokens.Length; i++)
            tokens.Add(new TokenEntry(prompt.Tokens[i], i == 0 ? null : scores.LogProbabilities[i], i == 0 ? null : scores.Top[i], prompt.Offsets![i]));
        if (!_nextTokenFromScores)
            return new Choice(index, prompt.Text, tokens, _request.MaxTokens == 0 ? FinishReason.Length : null);

        TokenProbability next = scores.Next[0];
        tokens.Add(new TokenEntry(next.Token, next.LogProbability, [.. scores.Next.Take(_request.LogProbabilities!.Value)], CodePoints.Count(prompt.Text)));
        SequenceText text = NewText();
        bool isEnd = _request.Sampling.Options.StopTokens!.Contains(next.Token);
        string added = (isEnd ? "" : text.Append(next.Token)) + text.Finish();
        Count(index, next.LogProbability);
        return new Choice(index, prompt.Text + added, tokens, isEnd || text.Stopped ? FinishReason.Stop : FinishReason.Length);
    }

    private Choice OfToken(TokenAnswer answer)
    {
        BatchToken token = answer.Token;
        Count(answer.Sequence, token.LogProbability);
        int before = _request.Echo ? CodePoints.Count(PromptOf(answer.Sequence).Text) : 0;
        TokenEntry[]? tokens = _request.LogProbabilities is null ? null : [new TokenEntry(token.Token, token.LogProbability, token.Top, before + answer.Offset)];
        return new Choice(answer.Sequence, answer.Text, tokens, answer.Finish);
    }

    private void Count(int index, float logProbability)
    {
        _lengths[index]++;
        _logProbabilitySums[index] += logProbability;
    }
}
