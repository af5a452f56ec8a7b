using System.Runtime.ExceptionServices;

namespace Castalia.Data;

/// <summary>
/// Works on items on several threads and gives the results back in the items' order, so that nothing depends on the threads. Only so many
/// items are under way at a time as keep all threads busy and fit into a bound.
/// </summary>
/// <param name="threads">How many threads.</param>
/// <param name="mostWeight">The items under way together weigh at most this, but for one that alone weighs more.</param>
internal sealed class OrderedWork(int threads, long mostWeight = long.MaxValue)
{
    /// <summary>Works on items. What reading or working throws comes out in its place in the order.</summary>
    /// <param name="items">The items, taken one at a time.</param>
    /// <param name="work">What to do with each.</param>
    /// <param name="weight">What each weighs; null: they do not count.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    public IEnumerable<TResult> Select<TItem, TResult>(
        IEnumerable<TItem> items, Func<TItem, TResult> work, Func<TItem, long>? weight, CancellationToken cancellationToken)
    {
        var workers = new TaskFactory(
            cancellationToken, TaskCreationOptions.None, TaskContinuationOptions.None,
            new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler);
        // Two items a thread: while one is worked on the next is read, and memory stays bounded.
        var running = new Queue<(Task<TResult> Task, long Weight)>();
        long underWay = 0;
        using IEnumerator<TItem> source = items.GetEnumerator();
        try
        {
            ExceptionDispatchInfo? failure;
            while (Next(source, out failure))
            {
                TItem item = source.Current;
                long weighs = weight?.Invoke(item) ?? 0;
                while (running.Count > 0 && (running.Count >= 2 * threads || underWay + weighs > mostWeight))
                    yield return Take();
                running.Enqueue((workers.StartNew(() => work(item)), weighs));
                underWay += weighs;
            }
            while (running.Count > 0)
                yield return Take();
            failure?.Throw();
        }
        finally
        {
            // Left early: the items under way are waited for, so that nothing works on behind the caller's back.
            ((Task)Task.WhenAll(running.Select(item => item.Task))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        }

        TResult Take()
        {
            (Task<TResult> task, long weighs) = running.Dequeue();
            underWay -= weighs;
            return task.GetAwaiter().GetResult();
        }
    }

    private static bool Next<TItem>(IEnumerator<TItem> source, out ExceptionDispatchInfo? failure)
    {
        failure = null;
        try
        {
            return source.MoveNext();
        }
        catch (Exception exception)
        {
            failure = ExceptionDispatchInfo.Capture(exception);
            return false;
        }
    }
}
