using System.Text;
using Castalia.Models;
using Castalia.Serving.Scheduling;

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
    private readonly Progress[] _progress;

    /// <param name="request">The request.</param>
    /// <param name="model">The model that is served.</param>
    /// <param name="room">The most answers that may wait for the client.</param>
    public ChoiceParts(GenerationRequest request, ModelDescription model, int room)
    {
        (_request, _model) = (request, model);
        _progress = [.. Enumerable.Range(0, request.Sequences).Select(index => new Progress(request.Echo ? CodePoints.Count(PromptOf(index).Text) : 0))];
        // The evaluation harness asks for one token that it does not read: the pass that scores the prompt gives it as well.
        _nextTokenFromScores = request is { ScoresPrompts: true, MaxTokens: 1, Sampling.IsPlainGreedy: true };
        var sequences = new List<SequencePlan>();
        for (int index = 0; index < request.Sequences && request.MaxTokens > 0 && !_nextTokenFromScores; index++)
        {
            GenerationOptions options = request.Sampling.Options with { MaxNewTokens = request.MaxTokens, LogProbabilities = request.LogProbabilities };
            sequences.Add(new SequencePlan(PromptOf(index).Tokens, options, index % request.Samples, Continuation(index)));
        }
        PromptToScore[] scored = request.ScoresPrompts ? [.. request.Prompts.Select(prompt => new PromptToScore(prompt.Tokens, request.LogProbabilities!.Value))] : [];
        Job = new Job(scored, sequences, Math.Max(room, scored.Length));
        if (scored.Length + sequences.Count == 0)
            Job.End(null); // echo alone
    }

    /// <summary>The work that the request comes to.</summary>
    public Job Job { get; }

    /// <summary>Whether the model has nothing to do for it.</summary>
    public bool NeedsNoModel => _request is { MaxTokens: 0, ScoresPrompts: false };

    /// <summary>Tokens so far.</summary>
    public Usage Usage => new(_request.Prompts.Sum(prompt => prompt.Tokens.Length), _progress.Sum(one => one.Tokens));

    /// <summary>The parts that are there before the model has done anything.</summary>
    public IEnumerable<Choice> Opening() => !_request.Echo || _request.ScoresPrompts ? []
        : Enumerable.Range(0, _request.Sequences).Select(index => new Choice(index, PromptOf(index).Text, null, _request.MaxTokens == 0 ? FinishReason.Length : null));

    /// <summary>The parts that an answer adds.</summary>
    public IEnumerable<Choice> Take(Answer answer) => answer switch
    {
        PromptAnswer scored => Enumerable.Range(scored.Prompt * _request.Samples, _request.Samples).Select(index => OfScores(index, scored.Scores)),
        TokenAnswer token => [OfToken(token.Sequence, token.Token, token.Piece)],
        _ => throw new ArgumentOutOfRangeException(nameof(answer)),
    };

    /// <summary>The mean log-probability of a sequence's tokens, by which the best of several are chosen.</summary>
    public double MeanLogProbability(int index) => _progress[index].LogProbability / Math.Max(1, _progress[index].Tokens);

    private Prompt PromptOf(int index) => _request.Prompts[index / _request.Samples];

    private TextContinuation Continuation(int index) =>
        new(_model.Tokenizer, PromptOf(index).Tokens, _request.Sampling.Stop, _request.LogProbabilities is null ? null : _model.Texts);

    private Choice OfScores(int index, PromptScores scores)
    {
        Prompt prompt = PromptOf(index);
        var tokens = new List<TokenEntry>(prompt.Tokens.Length + 1);
        for (int i = 0; i < prompt.Tokens.Length; i++)
            tokens.Add(new TokenEntry(prompt.Tokens[i], i == 0 ? null : scores.LogProbabilities[i], i == 0 ? null : scores.Top[i], prompt.Offsets![i]));
        if (!_nextTokenFromScores)
            return new Choice(index, prompt.Text, tokens, _request.MaxTokens == 0 ? FinishReason.Length : null);

        TokenProbability next = scores.Next[0];
        FinishReason finish = _request.Sampling.Options.StopTokens!.Contains(next.Token) ? FinishReason.Stop : FinishReason.Length;
        var token = new BatchToken(0, next.Token, next.LogProbability, [.. scores.Next.Take(_request.LogProbabilities!.Value)], finish);
        Choice added = OfToken(index, token, Continuation(index).Append(token));
        return new Choice(index, prompt.Text + added.Text, [.. tokens, .. added.Tokens!], added.Finish);
    }

    private Choice OfToken(int index, BatchToken token, TextPiece piece)
    {
        Progress progress = _progress[index];
        progress.Tokens++;
        progress.LogProbability += token.LogProbability;
        if (_request.LogProbabilities is null)
            return new Choice(index, piece.Text, null, piece.Finish);
        var entries = new List<TokenEntry>(1);
        progress.Text.Append(piece.Text);
        foreach (TextToken one in piece.Tokens)
        {
            TokenProbability[] top = [.. one.Top.Select(other => new TokenProbability(other.Id, other.LogProbability))];
            entries.Add(new TokenEntry(one.Id, one.LogProbability, top, progress.OffsetOf(one.TextOffset)));
        }
        if (token.Finish == FinishReason.Stop) // the end token has no text, and a probability all the same
            entries.Add(new TokenEntry(token.Token, token.LogProbability, token.Top, progress.OffsetOf(progress.Text.Length)));
        return new Choice(index, piece.Text, entries, piece.Finish);
    }

    /// <summary>How far a sequence is.</summary>
    /// <param name="before">Code points before it in its choice's text.</param>
    private sealed class Progress(int before)
    {
        private int _characters, _codePoints;

        public int Tokens { get; set; }

        public double LogProbability { get; set; }

        /// <summary>Its text so far, where offsets are told.</summary>
        public StringBuilder Text { get; } = new();

        /// <summary>An offset in its text, in code points of the choice's text. Offsets are asked for in rising order.</summary>
        public int OffsetOf(int character)
        {
            character = Math.Min(character, Text.Length);
            for (; _characters < character; _characters++)
                _codePoints += char.IsLowSurrogate(Text[_characters]) ? 0 : 1;
            return before + _codePoints;
        }
    }
}
