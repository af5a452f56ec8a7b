namespace Castalia.Text.Training.Unigram;

/// <summary>
/// Drops the pieces whose loss matters least: for each it is reckoned how much less probable the sentences become if the piece is everywhere
/// replaced by the second best way to cut it. Pieces that cannot be cut stay.
/// </summary>
internal sealed class Pruning(Sentences sentences, ParallelOptions parallel)
{
    /// <summary>The model of the pieces that stay: first those that cannot be cut, in order, then the others, the dearest first.</summary>
    /// <param name="model">All pieces.</param>
    /// <param name="size">How many stay, the unknown one included, unless more cannot be cut.</param>
    public PieceModel Prune(PieceModel model, int size)
    {
        (bool[] stays, int[]?[] alternatives) = SecondBest(model);
        double[] frequency = Frequencies(model, out double sentenceSum);
        double sum = 0;
        foreach (double count in frequency)
            sum += count;
        double logSum = Math.Log(sum);
        List<int> kept = [0];
        List<(int Id, double Loss)> candidates = [];
        for (int id = 1; id < frequency.Length; id++)
        {
            double count = frequency[id];
            if (count == 0 && !stays[id])
                continue;
            if (alternatives[id] is not { } alternative)
            {
                kept.Add(id);
                continue;
            }
            if (count == 0)
                continue;
            // The sum should grow by the number of the alternative's pieces less one; HF has the number of all pieces there, and so have we.
            double logSumAfter = Math.Log(sum + count * (frequency.Length - 1)), after = 0;
            foreach (int other in alternative)
                after += Math.Log(frequency[other] + count) - logSumAfter;
            candidates.Add((id, count / sentenceSum * (Math.Log(count) - logSum - after)));
        }
        kept.AddRange(candidates.OrderByDescending(candidate => candidate.Loss).Select(candidate => candidate.Id).Take(Math.Max(0, size - kept.Count)));
        return model.With(sentences, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(kept));
    }

    /// <summary>For each piece whether it is the best way to cut itself or the only one, and the pieces of the second best way.</summary>
    private (bool[] Stays, int[]?[] Alternatives) SecondBest(PieceModel model)
    {
        bool[] stays = new bool[model.Pieces.Length];
        int[]?[] alternatives = new int[model.Pieces.Length][];
        Parallel.For(1, stays.Length, parallel, () => new Lattice(), (id, _, lattice) =>
        {
            Piece piece = model.Pieces[id];
            lattice.Fill(sentences.Text.AsSpan(piece.Start, piece.Length), model);
            (int[]? first, int[]? second) = lattice.BestTwo();
            stays[id] = second is null || first!.Length == 1;
            if (second is not null && first!.Length == 1)
                alternatives[id] = second;
            return lattice;
        }, _ => { });
        return (stays, alternatives);
    }

    /// <summary>How often each piece is in the most probable ways to cut the sentences. The sums are whole numbers, so their order is free.</summary>
    private double[] Frequencies(PieceModel model, out double sentenceSum)
    {
        double[] total = new double[model.Pieces.Length];
        Parallel.ForEach(
            System.Collections.Concurrent.Partitioner.Create(0, Math.Max(1, sentences.Count)),
            parallel,
            () => (Lattice: new Lattice(), Path: new List<int>(), Counts: new double[total.Length]),
            (range, _, local) =>
            {
                for (int i = range.Item1; i < Math.Min(range.Item2, sentences.Count); i++)
                {
                    local.Lattice.Fill(sentences[i], model);
                    local.Lattice.Best(local.Path);
                    foreach (int node in local.Path)
                        local.Counts[local.Lattice.Nodes[node].Piece] += sentences.TimesOf(i);
                }
                return local;
            },
            local =>
            {
                lock (total)
                {
                    for (int id = 0; id < total.Length; id++)
                        total[id] += local.Counts[id];
                }
            });
        sentenceSum = 0;
        for (int i = 0; i < sentences.Count; i++)
            sentenceSum += sentences.TimesOf(i);
        return total;
    }
}
