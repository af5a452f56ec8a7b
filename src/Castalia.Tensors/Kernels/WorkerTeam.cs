namespace Castalia.Tensors;

/// <summary>
/// Threads that share the ranges of one piece of work with whoever brings it. Made for work of a few microseconds, of which a decoded token
/// has hundreds: a range is claimed with one atomic addition, and the caller takes ranges itself from the first moment, so that work which
/// is over before anyone has woken up has cost no more than one thread's time.
/// </summary>
/// <remarks>
/// A worker looks out for new work for <see cref="SpinTicks"/> after its last, then sleeps until it is woken. There is one team a process; while it
/// is busy, another thread's work, or work within work, is done by its caller alone.
/// </remarks>
internal static class WorkerTeam
{
    // About 50 microseconds: longer than the pauses between a decoded token's products, too short to be felt as load.
    private static readonly long SpinTicks = System.Diagnostics.Stopwatch.Frequency / 20_000;

    private static readonly List<Worker> Workers = [];
    private static Job? _current;
    private static int _busy;

    /// <summary>Calls <paramref name="work"/> with every number in [0, <paramref name="ranges"/>), each once, from at most <paramref name="threads"/> threads.</summary>
    /// <exception cref="Exception">What <paramref name="work"/> threw first; the other ranges are done nonetheless.</exception>
    public static void Run(int ranges, int threads, Action<int> work)
    {
        if (ranges == 1)
        {
            work(0);
            return;
        }
        int helpers = Math.Min(threads, ranges) - 1;
        bool together = helpers > 0 && Interlocked.CompareExchange(ref _busy, 1, 0) == 0;
        var job = new Job(work, ranges, helpers);
        try
        {
            if (together)
                CallHelpers(job, helpers);
            job.Share();
            job.Wait();
        }
        finally
        {
            if (together)
                Volatile.Write(ref _busy, 0);
        }
    }

    private static void CallHelpers(Job job, int helpers)
    {
        while (Workers.Count < helpers)
            Workers.Add(new Worker());
        Interlocked.Exchange(ref _current, job);
        for (int i = 0; i < helpers; i++)
            Workers[i].Wake();
    }

    /// <summary>One piece of work. Who comes late finds nothing left to claim, and goes.</summary>
    private sealed class Job(Action<int> work, int ranges, int places)
    {
        private Action<int>? _work = work;
        private Exception? _error;
        private int _next, _done, _places = places;

        /// <summary>Takes one of the helpers' places, if any is left.</summary>
        public bool Join() => Volatile.Read(ref _next) < ranges && Interlocked.Decrement(ref _places) >= 0;

        /// <summary>Does ranges as long as there are any.</summary>
        public void Share()
        {
            int done = 0;
            for (int range; (range = Interlocked.Increment(ref _next) - 1) < ranges; done++)
            {
                try
                {
                    _work!(range);
                }
                catch (Exception error)
                {
                    Interlocked.CompareExchange(ref _error, error, null);
                }
            }
            if (done > 0)
                Interlocked.Add(ref _done, done);
        }

        /// <summary>Returns when all ranges are done.</summary>
        public void Wait()
        {
            SpinWait spin = default;
            for (int i = 0; Volatile.Read(ref _done) < ranges; i++)
            {
                if (i < 2000)
                    Thread.SpinWait(8);
                else
                    spin.SpinOnce(sleep1Threshold: -1);
            }
            _work = null;
            if (_error is { } error)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        }
    }

    private sealed class Worker
    {
        private readonly SemaphoreSlim _bell = new(0);
        private int _asleep;

        public Worker() => new Thread(Serve) { IsBackground = true, Name = nameof(WorkerTeam) }.Start();

        public void Wake()
        {
            if (Volatile.Read(ref _asleep) == 1 && Interlocked.Exchange(ref _asleep, 0) == 1)
                _bell.Release();
        }

        private void Serve()
        {
            Job? last = null;
            while (true)
            {
                Job? job = Next(last);
                last = job;
                if (job!.Join())
                    job.Share();
            }
        }

        private Job? Next(Job? last)
        {
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            while (true)
            {
                if (Volatile.Read(ref _current) is { } job && job != last)
                    return job;
                if (System.Diagnostics.Stopwatch.GetTimestamp() - start < SpinTicks)
                {
                    Thread.SpinWait(4);
                    continue;
                }
                // Whoever brings work writes it and then looks whether this worker sleeps; this worker says so and then looks for work.
                Interlocked.Exchange(ref _asleep, 1);
                if (Volatile.Read(ref _current) == last || Interlocked.Exchange(ref _asleep, 0) == 0)
                    _bell.Wait();
                start = System.Diagnostics.Stopwatch.GetTimestamp();
            }
        }
    }
}
