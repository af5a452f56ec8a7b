using System.Diagnostics;
using Castalia.Models;
using Castalia.Serving.Api;
using Castalia.Serving.Metrics;

namespace Castalia.Serving.Scheduling;

/// <summary>
/// Runs the model: one thread that owns it, adds waiting sequences to the batch as slots become free, and takes the whole batch a token
/// further at a time. Requests take turns, a sequence each, so that one with many does not keep the others out; prompts are scored
/// between two steps, a bounded number of tokens at a time.
/// </summary>
internal sealed class Scheduler : IDisposable
{
    private readonly ISequenceEngine _engine;
    private readonly ServerMetrics _metrics;
    private readonly int _most, _scoredAtATime;
    private readonly Lock _gate = new();
    private readonly LinkedList<Job> _waiting = new(); // have something not begun; the first one's turn is next
    private readonly Dictionary<int, (Job Job, int Number)> _running = [];
    private readonly AutoResetEvent _news = new(false);
    private readonly Thread _thread;
    private bool _stopped;

    /// <param name="engine">The model; disposed of with the scheduler.</param>
    /// <param name="queue">The most requests that wait for their turn.</param>
    /// <param name="scoredAtATime">Tokens of prompts that are scored between two steps, unless a single prompt has more.</param>
    /// <param name="metrics">Told what happens.</param>
    public Scheduler(ISequenceEngine engine, int queue, int scoredAtATime, ServerMetrics metrics)
    {
        (_engine, _most, _scoredAtATime, _metrics) = (engine, queue, scoredAtATime, metrics);
        _thread = new Thread(Run) { Name = "model", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Whether another request would be taken.</summary>
    public bool HasRoom => Waiting < _most;

    /// <summary>Requests that have something not begun.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>Puts a job into the queue.</summary>
    /// <exception cref="ApiException">The queue is full, or the scheduler has stopped.</exception>
    public void Submit(Job job)
    {
        lock (_gate)
        {
            if (_stopped)
                throw ApiException.ShuttingDown();
            if (_waiting.Count >= _most)
                throw ApiException.QueueFull(_waiting.Count);
            _waiting.AddLast(job);
            _metrics.QueueLength = _waiting.Count;
        }
        _news.Set();
    }

    /// <summary>Ends a job, whatever it has reached: it leaves the queue at once, and its sequences the batch before the next step.</summary>
    public void Cancel(Job job, Exception? reason = null)
    {
        job.End(reason);
        Leave(job);
        _news.Set();
    }

    /// <summary>Ends all jobs and takes no more.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            foreach (Job job in _waiting)
                job.End(ApiException.ShuttingDown());
            _waiting.Clear();
            _metrics.QueueLength = 0;
        }
        _news.Set();
    }

    /// <summary>Stops, waits for the thread and disposes of the engine.</summary>
    public void Dispose()
    {
        Stop();
        _thread.Join();
        _news.Dispose();
        _engine.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_stopped)
                    break;
            }
            RemoveEnded();
            StartSequences();
            bool worked = ScorePrompts();
            worked |= Step();
            if (!worked)
                _news.WaitOne();
        }
        foreach ((Job job, _) in _running.Values)
            job.End(ApiException.ShuttingDown());
        RemoveEnded();
    }

    private void RemoveEnded()
    {
        foreach ((int sequence, (Job job, _)) in _running)
        {
            if (job.Ended)
            {
                _engine.Remove(sequence);
                _running.Remove(sequence);
            }
        }
        _metrics.ActiveSequences = _running.Count;
    }

    private void StartSequences()
    {
        // A job's prompts are scored first: their answers stand before its sequences'.
        while (_engine.FreeSlots > 0 && TakeTurn(job => job is { HasSequencesLeft: true, HasPromptsLeft: false }, job => job.TakeSequence()) is var (job, number))
        {
            SequencePlan plan = job.Sequence(number);
            try
            {
                _running.Add(_engine.Add(plan.Prompt, plan.Options, plan.Stream), (job, number));
                _metrics.PromptTokens.Add(plan.Prompt.Length);
            }
            catch (Exception exception)
            {
                Fail(job, exception);
            }
        }
        _metrics.ActiveSequences = _running.Count;
    }

    private bool ScorePrompts()
    {
        var batch = new List<(Job Job, int Number, PromptToScore Prompt)>();
        int longest = 0;
        bool Fits(Job job) => job.HasPromptsLeft
            && (batch.Count == 0 || Math.Max(longest, job.NextPrompt.Tokens.Length) * (batch.Count + 1) <= _scoredAtATime);
        PromptToScore? next = null;
        while (TakeTurn(Fits, job => { next = job.NextPrompt; return job.TakePrompt(); }) is var (job, number))
        {
            batch.Add((job, number, next!));
            longest = Math.Max(longest, next!.Tokens.Length);
        }
        if (batch.Count == 0)
            return false;
        try
        {
            IReadOnlyList<PromptScores> scores = _engine.Score([.. batch.Select(item => item.Prompt)], CancellationToken.None);
            for (int i = 0; i < batch.Count; i++)
            {
                _metrics.PromptTokens.Add(batch[i].Prompt.Tokens.Length);
                Answer(batch[i].Job, new PromptAnswer(batch[i].Number, scores[i]));
            }
        }
        catch (Exception exception)
        {
            foreach ((Job job, _, _) in batch)
                Fail(job, exception);
        }
        return true;
    }

    private bool Step()
    {
        if (_running.Count == 0)
            return false;
        IReadOnlyList<BatchToken> tokens;
        try
        {
            tokens = _engine.Step(CancellationToken.None);
        }
        catch (Exception exception)
        {
            // Which sequence is to blame is not known; all of them leave, and the batch is empty again.
            foreach ((Job job, _) in _running.Values)
                Fail(job, exception);
            return true;
        }
        _metrics.BatchSize.Observe(_running.Count);
        _metrics.GeneratedTokens.Add(tokens.Count);
        foreach (BatchToken token in tokens)
            Take(token);
        return true;
    }

    private void Take(BatchToken token)
    {
        (Job job, int number) = _running[token.Sequence];
        if (token.Finish is not null)
            _running.Remove(token.Sequence); // its slot is free already
        if (job.Ended)
            return;
        try
        {
            TextPiece piece = job.Sequence(number).Text.Append(token);
            if (piece.Finish is not null && token.Finish is null) // a stop text
            {
                _running.Remove(token.Sequence);
                _engine.Remove(token.Sequence);
            }
            if (!job.HasToken)
                _metrics.TimeToFirstToken.Observe(Stopwatch.GetElapsedTime(job.Created).TotalSeconds);
            Answer(job, new TokenAnswer(number, token, piece));
        }
        catch (Exception exception)
        {
            Fail(job, exception);
        }
    }

    private void Answer(Job job, Answer answer)
    {
        if (!job.TryAnswer(answer))
            Cancel(job, ApiException.TooSlow());
    }

    private void Fail(Job job, Exception exception) => Cancel(job, ApiException.Internal(exception));

    /// <summary>The first waiting job for which it can be done takes its turn and goes to the end of the queue, or leaves it with nothing left to begin.</summary>
    private (Job Job, int Number)? TakeTurn(Predicate<Job> can, Func<Job, int> take)
    {
        lock (_gate)
        {
            for (LinkedListNode<Job>? node = _waiting.First; node is not null; node = node.Next)
            {
                if (!can(node.Value))
                    continue;
                Job job = node.Value;
                int number = take(job);
                _waiting.Remove(node);
                if (job.HasPromptsLeft || job.HasSequencesLeft)
                    _waiting.AddLast(node);
                _metrics.QueueLength = _waiting.Count;
                return (job, number);
            }
            return null;
        }
    }

    private void Leave(Job job)
    {
        lock (_gate)
        {
            _waiting.Remove(job);
            _metrics.QueueLength = _waiting.Count;
        }
    }
}
