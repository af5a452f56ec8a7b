using System.Diagnostics;
using Castalia.Bench.Output;

namespace Castalia.Bench.Tokenizers;

/// <summary>Measures the sides of one vocabulary on one corpus, round by round in turn.</summary>
internal sealed class TokenizerMeasurement(string vocabulary, BenchCorpus corpus, int rounds, int threads, bool alone)
{
    private const int Warmup = 2;

    private readonly List<int> _buffer = [];

    /// <summary>The rows of all sides, ours first.</summary>
    public List<TokenizerRow> Run()
    {
        TokenizerSide[] sides = Sides();
        double[][] seconds = Figures(sides), cpu = Figures(sides), together = Figures(sides);
        long[] allocated = new long[sides.Length], tokens = new long[sides.Length];
        for (int round = -Warmup; round < rounds; round++)
        {
            for (int i = 0; i < sides.Length; i++)
            {
                Settle();
                long before = GC.GetAllocatedBytesForCurrentThread();
                TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
                double single = Time(() => tokens[i] = OnOneThread(sides[i]));
                double processor = (Environment.CpuUsage.TotalTime - cpuBefore).TotalSeconds;
                allocated[i] = GC.GetAllocatedBytesForCurrentThread() - before;
                Settle();
                double all = Time(() => OnAllThreads(sides[i]));
                if (round >= 0)
                    (seconds[i][round], cpu[i][round], together[i][round]) = (single, processor, all);
            }
        }
        // All code is compiled by now: what is left to pay in a new tokenizer's first pass is its own caches.
        TokenizerSide[] fresh = Sides();
        double[] first = [.. fresh.Select(side => Time(() => OnOneThread(side)))];
        first[1] = Time(() => OnOneThread(Sides()[1]));
        return [.. sides.Select((side, i) =>
        {
            double speed = Speed(Statistics.Median(seconds[i])), parallel = Speed(Statistics.Median(together[i]));
            return new TokenizerRow(vocabulary, corpus.Name, side.Name, speed, i == 0 ? null : Ratio(seconds[i], seconds[0]),
                i == 0 ? null : Ratio(cpu[i], cpu[0]), Speed(first[i]), parallel, Ratio(seconds[i], together[i]),
                allocated[i] * 1000.0 / corpus.Bytes, tokens[i], Differing(side, sides[0]), seconds[i], cpu[i]);
        })];
    }

    private TokenizerSide[] Sides() => alone ? Vocabularies.Sides(vocabulary)[..2] : Vocabularies.Sides(vocabulary);

    private double[][] Figures(TokenizerSide[] sides) => [.. sides.Select(_ => new double[rounds])];

    /// <summary>The median over the rounds: both sides of a ratio are of the same round.</summary>
    private static double Ratio(double[] one, double[] other) => Statistics.Median([.. one.Zip(other, (a, b) => a / b)]);

    private double Speed(double seconds) => corpus.Bytes / seconds / 1e6;

    private long OnOneThread(TokenizerSide side)
    {
        long tokens = 0;
        for (int i = 0; i < corpus.Texts.Count; i++)
            tokens += side.Encode(corpus, i, _buffer);
        return tokens;
    }

    private void OnAllThreads(TokenizerSide side) => Parallel.For(0, corpus.Texts.Count, new ParallelOptions { MaxDegreeOfParallelism = threads },
        () => new List<int>(), (i, _, buffer) =>
        {
            side.Encode(corpus, i, buffer);
            return buffer;
        }, _ => { });

    private int Differing(TokenizerSide side, TokenizerSide ours) =>
        Enumerable.Range(0, corpus.Texts.Count).Count(i => !side.Ids(corpus, i).SequenceEqual(ours.Ids(corpus, i)));

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>One side's garbage is not the next one's to clear away.</summary>
    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
