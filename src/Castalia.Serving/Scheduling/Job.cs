using System.Diagnostics;
using System.Threading.Channels;
using Castalia.Models;

namespace Castalia.Serving.Scheduling;

/// <summary>
/// What one request asks of the model: prompts to score and sequences to generate. Answers come through a channel in the order in which they
/// are made. The channel is bounded: whoever leaves more than <paramref name="room"/> answers lying is cut off, so that a slow client
/// neither holds up the others nor fills the memory.
/// </summary>
/// <param name="prompts">Prompts to score.</param>
/// <param name="sequences">Sequences to generate.</param>
/// <param name="room">The most answers that wait to be fetched.</param>
internal sealed class Job(IReadOnlyList<PromptToScore> prompts, IReadOnlyList<SequencePlan> sequences, int room)
{
    private readonly Channel<Answer> _answers = Channel.CreateBounded<Answer>(new BoundedChannelOptions(room) { SingleReader = true, SingleWriter = false });
    private int _nextPrompt, _nextSequence, _unanswered = prompts.Count + sequences.Count;
    private volatile bool _ended;

    /// <summary>The answers. Ends when all are there, or with the exception that cut the job short.</summary>
    public ChannelReader<Answer> Answers => _answers.Reader;

    /// <summary>When the request came.</summary>
    public long Created { get; } = Stopwatch.GetTimestamp();

    /// <summary>Whether nothing more is wanted of this job: finished, failed or cancelled.</summary>
    public bool Ended => _ended;

    /// <summary>Whether a token was given out.</summary>
    public bool HasToken { get; private set; }

    public bool HasPromptsLeft => _nextPrompt < prompts.Count;

    public bool HasSequencesLeft => _nextSequence < sequences.Count;

    /// <summary>The next prompt to score; it is still the next one until <see cref="TakePrompt"/>.</summary>
    public PromptToScore NextPrompt => prompts[_nextPrompt];

    /// <summary>The next prompt's number; the one after it is next then.</summary>
    public int TakePrompt() => _nextPrompt++;

    /// <summary>The next sequence's number; the one after it is next then.</summary>
    public int TakeSequence() => _nextSequence++;

    public SequencePlan Sequence(int number) => sequences[number];

    /// <summary>Gives an answer out, unless the job has ended.</summary>
    /// <returns>False where there is no room for it.</returns>
    public bool TryAnswer(Answer answer)
    {
        if (_ended)
            return true;
        HasToken |= answer is TokenAnswer;
        if (!_answers.Writer.TryWrite(answer))
            return false;
        if (answer is PromptAnswer or TokenAnswer { Piece.Finish: not null } && --_unanswered == 0)
            End(null);
        return true;
    }

    /// <summary>Ends the job; with an exception, the reader gets it after what was given out already.</summary>
    public void End(Exception? exception)
    {
        _ended = true;
        _answers.Writer.TryComplete(exception);
    }
}

/// <summary>A sequence to generate.</summary>
/// <param name="Prompt">What it continues.</param>
/// <param name="Options">How.</param>
/// <param name="Stream">Which of the sequences with this prompt and seed it is.</param>
/// <param name="Text">Takes its tokens and makes its text.</param>
internal sealed record SequencePlan(int[] Prompt, GenerationOptions Options, long Stream, TextContinuation Text);

/// <summary>A part of what a job asked for.</summary>
internal abstract record Answer;

/// <summary>A prompt's scores.</summary>
/// <param name="Prompt">Which of the job's prompts.</param>
/// <param name="Scores">Its scores.</param>
internal sealed record PromptAnswer(int Prompt, PromptScores Scores) : Answer;

/// <summary>A token of a sequence.</summary>
/// <param name="Sequence">Which of the job's sequences.</param>
/// <param name="Token">The token with its log-probabilities.</param>
/// <param name="Piece">The text that is certain with it, and whether that ends here.</param>
internal sealed record TokenAnswer(int Sequence, BatchToken Token, TextPiece Piece) : Answer;
