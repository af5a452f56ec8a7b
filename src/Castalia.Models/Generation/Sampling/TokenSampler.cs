namespace Castalia.Models.Sampling;

/// <summary>
/// Chooses the tokens of one sequence, each from the logits of one position, as the options say. Equal seeds and streams give equal choices,
/// whatever other sequences there are.
/// </summary>
/// <param name="options">The settings.</param>
/// <param name="stream">Which of the sequences with this seed: each has draws of its own.</param>
/// <param name="room">Arrays to work in, which samplers of one thread share.</param>
internal sealed class TokenSampler(GenerationOptions options, long stream, SamplingRoom room)
{
    private readonly HashSet<int> _seen = [];
    private RandomBits _bits = new(options.Seed, "generation", stream);

    /// <summary>Counts tokens as seen: those of the prompt. What is chosen counts by itself.</summary>
    public void See(ReadOnlySpan<int> tokens)
    {
        if (options.RepetitionPenalty == 1)
            return;
        foreach (int token in tokens)
            _seen.Add(token);
    }

    /// <summary>The next token.</summary>
    /// <param name="logits">One score a token of the vocabulary.</param>
    public int Choose(ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<float> scores = options.Temperature == 0 && options.RepetitionPenalty == 1 ? logits : Processed(logits);
        int token = options.Temperature == 0 ? LogitsScan.Likeliest(scores) : Draw(scores);
        if (options.RepetitionPenalty != 1)
            _seen.Add(token);
        return token;
    }

    private Span<float> Processed(ReadOnlySpan<float> logits)
    {
        Span<float> scores = room.Scores(logits.Length);
        logits.CopyTo(scores);
        if (options.RepetitionPenalty != 1)
            LogitsProcessors.RepetitionPenalty(scores, _seen, options.RepetitionPenalty);
        if (options.Temperature == 0)
            return scores;
        if (options.Temperature != 1)
            LogitsProcessors.Temperature(scores, options.Temperature);
        if (options.TopK is int k)
            LogitsProcessors.TopK(scores, k, room);
        if (options.TopP is double p)
            LogitsProcessors.TopP(scores, p, room);
        if (options.MinP is double least)
            LogitsProcessors.MinP(scores, least, room);
        if (options.TypicalP is double typical)
            LogitsProcessors.TypicalP(scores, typical, room);
        return scores;
    }

    private int Draw(ReadOnlySpan<float> scores)
    {
        ReadOnlySpan<double> weights = room.Weights(scores, out double total, out _);
        double left = _bits.NextDouble() * total;
        for (int token = 0; token < scores.Length; token++)
        {
            left -= weights[token];
            if (left < 0)
                return token;
        }
        return LogitsScan.Likeliest(scores); // the draw was within rounding of the whole sum, or no score is a number
    }
}
