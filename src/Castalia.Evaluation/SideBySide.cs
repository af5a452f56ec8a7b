using System.Runtime.ExceptionServices;

namespace Castalia.Evaluation;

/// <summary>Independent pieces of work on all processors.</summary>
internal static class SideBySide
{
    /// <summary>Runs the body for 0 to <paramref name="count"/> - 1. If pieces fail, the failure of the first of those that ran is thrown as it is.</summary>
    public static void For(int count, Action<int> body, CancellationToken cancellationToken = default)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellationToken }, i =>
            {
                try
                {
                    body(i);
                }
                catch (InputException error)
                {
                    throw new Failure(i, error);
                }
            });
        }
        catch (AggregateException all) when (all.InnerExceptions.OfType<Failure>().MinBy(failure => failure.Index) is { } first)
        {
            ExceptionDispatchInfo.Throw(first.InnerException!);
        }
    }

    private sealed class Failure(int index, Exception inner) : Exception(inner.Message, inner)
    {
        public int Index { get; } = index;
    }
}
