using Castalia.Models.Sampling;

namespace Castalia.Models.Beams;

/// <summary>
/// Beam search as transformers does it, without the model: it is given the log probabilities that follow each running beam, and says how the
/// beams go on. A step looks at the best 2 · beams continuations of all beams (more where several tokens end a text, so that enough of
/// them run on). Those that end count only if they are among the best <c>beams</c>; the others run on, as many as there are beams. Of
/// equal scores the earlier beam and the lower token come first.
/// </summary>
internal sealed class BeamSearch
{
    private readonly GenerationOptions _options;
    private readonly IReadOnlyCollection<int> _stops;
    private readonly HashSet<int> _prompt;
    private readonly List<Ended> _ended = []; // the best first
    private List<Beam> _running = [new(null, 0, 0)];
    private int _length;
    private bool _improvable = true;
    private bool _full;

    /// <summary>Begins with one empty beam.</summary>
    /// <param name="options">Beams, penalties, length.</param>
    /// <param name="stops">Tokens that end a continuation.</param>
    /// <param name="prompt">What is continued; the repetition penalty counts its tokens.</param>
    public BeamSearch(GenerationOptions options, IReadOnlyCollection<int> stops, ReadOnlySpan<int> prompt)
    {
        _options = options;
        _stops = stops;
        _prompt = options.RepetitionPenalty == 1 ? [] : [.. prompt];
    }

    /// <summary>The beams that run on, the best first.</summary>
    public IReadOnlyList<Beam> Running => _running;

    /// <summary>Whether the search is over.</summary>
    public bool Done { get; private set; }

    /// <summary>What was found so far, the best first.</summary>
    public IReadOnlyList<BeamHypothesis> Hypotheses => [.. _ended.Select(ended => new BeamHypothesis(ended.Beam.Tokens(), ended.Score))];

    /// <summary>One token more.</summary>
    /// <param name="logProbabilities">Of each token after each running beam, [running, vocabulary]; the penalty changes them in place.</param>
    public void Advance(Span<float> logProbabilities)
    {
        int vocabulary = logProbabilities.Length / _running.Count;
        for (int beam = 0; beam < _running.Count && _options.RepetitionPenalty != 1; beam++)
        {
            LogitsProcessors.RepetitionPenalty(
                logProbabilities.Slice(beam * vocabulary, vocabulary), _prompt.Union(_running[beam].Tokens()), _options.RepetitionPenalty);
        }
        List<Beam> candidates = Best(logProbabilities, vocabulary, Math.Max(2, 1 + _stops.Count) * _options.NumBeams);
        _length++;
        bool atEnd = _length == _options.MaxNewTokens;
        var running = new List<Beam>(_options.NumBeams);
        for (int i = 0; i < candidates.Count; i++)
        {
            Beam candidate = candidates[i];
            if (!atEnd && !_stops.Contains(candidate.Token))
            {
                if (running.Count < _options.NumBeams)
                    running.Add(candidate);
            }
            else if (i < _options.NumBeams && !IsClosed)
            {
                Keep(candidate);
            }
        }
        Trim();
        _running = running;
        Done = running.Count == 0 || !Improvable() || IsClosed;
    }

    // With early stopping nothing is added once there are enough; without it better ones still take the place of worse ones.
    private bool IsClosed => _full && _options.EarlyStopping == EarlyStopping.True;

    private void Keep(Beam beam)
    {
        double score = beam.Score / Math.Pow(_length, _options.LengthPenalty);
        int at = _ended.FindIndex(ended => ended.Score < score);
        _ended.Insert(at < 0 ? _ended.Count : at, new Ended(beam, score));
    }

    private void Trim()
    {
        if (_ended.Count > _options.NumBeams)
            _ended.RemoveRange(_options.NumBeams, _ended.Count - _options.NumBeams);
        _full = _ended.Count == _options.NumBeams;
    }

    /// <summary>Whether the best running beam may still do better than the worst that is kept; once it may not, it never may again.</summary>
    private bool Improvable()
    {
        int length = _options.EarlyStopping == EarlyStopping.Never && _options.LengthPenalty > 0 ? _options.MaxNewTokens : _length;
        double best = _running[0].Score / Math.Pow(length, _options.LengthPenalty);
        return _improvable &= !_full || best > _ended[^1].Score;
    }

    /// <summary>The best continuations of all running beams, the best first.</summary>
    private List<Beam> Best(ReadOnlySpan<float> logProbabilities, int vocabulary, int count)
    {
        // A heap with the worst of the best so far on top. The place in the matrix settles equal scores.
        var best = new PriorityQueue<int, (double Score, int Place)>(count + 1);
        double worst = double.NegativeInfinity;
        for (int place = 0; place < logProbabilities.Length; place++)
        {
            double score = _running[place / vocabulary].Score + logProbabilities[place];
            if (!(score > worst))
                continue;
            best.Enqueue(place, (score, -place));
            if (best.Count > count)
                best.Dequeue();
            if (best.Count == count && best.TryPeek(out _, out (double Score, int Place) least))
                worst = least.Score;
        }
        var beams = new List<Beam>(best.Count);
        while (best.TryDequeue(out int place, out (double Score, int Place) priority))
            beams.Add(new Beam(new BeamToken(_running[place / vocabulary].Last, place % vocabulary), priority.Score, place / vocabulary));
        beams.Reverse();
        return beams;
    }

    private sealed record Ended(Beam Beam, double Score);
}

/// <summary>A continuation under way.</summary>
/// <param name="Last">Its last token, with those before it; null where it has none yet.</param>
/// <param name="Score">The sum of its log probabilities.</param>
/// <param name="Parent">Which of the beams running before it continues.</param>
internal readonly record struct Beam(BeamToken? Last, double Score, int Parent)
{
    /// <summary>Its last token; −1 where it has none yet.</summary>
    public int Token => Last?.Token ?? -1;

    /// <summary>All its tokens.</summary>
    public int[] Tokens()
    {
        var tokens = new List<int>();
        for (BeamToken? token = Last; token is not null; token = token.Before)
            tokens.Add(token.Token);
        tokens.Reverse();
        return [.. tokens];
    }
}

/// <summary>A token of a beam. Beams with a common beginning share it.</summary>
/// <param name="Before">The token before it.</param>
/// <param name="Token">Its id.</param>
internal sealed record BeamToken(BeamToken? Before, int Token);
