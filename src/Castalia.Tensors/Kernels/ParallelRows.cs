namespace Castalia.Tensors;

/// <summary>Work on the rows [from, to).</summary>
internal delegate void RowRange(int from, int to);

/// <summary>Spreads independent rows over <see cref="Libtorch.Threads"/> threads. A row's result must not depend on how they are spread.</summary>
internal static class ParallelRows
{
    /// <summary>Calls <paramref name="work"/> on ranges that together cover [0, <paramref name="count"/>).</summary>
    /// <param name="count">The number of rows.</param>
    /// <param name="grain">The most rows of a range: enough that a range takes some microseconds, and no more than a cache holds where that matters.</param>
    /// <param name="work">Called at the same time from several threads.</param>
    public static void For(int count, int grain, RowRange work)
    {
        int ranges = (count + grain - 1) / grain;
        WorkerTeam.Run(ranges, Libtorch.Threads, range => work(range * grain, Math.Min(count, (range + 1) * grain)));
    }
}
