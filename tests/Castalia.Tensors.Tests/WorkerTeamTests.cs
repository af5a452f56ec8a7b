namespace Castalia.Tensors.Tests;

public class WorkerTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_range_is_done_once(int threads)
    {
        for (int round = 0; round < 2000; round++)
        {
            int ranges = round % 37;
            int[] done = new int[ranges];
            WorkerTeam.Run(ranges, threads, range => Interlocked.Increment(ref done[range]));
            Assert.All(done, count => Assert.Equal(1, count));
            if (round % 500 == 0)
                Thread.Sleep(2); // the workers fall asleep, and are woken
        }
    }

    [Fact]
    public void Work_within_work_and_from_several_threads_is_done()
    {
        int sum = 0;
        Parallel.For(0, 8, _ => WorkerTeam.Run(10, 2, _ => WorkerTeam.Run(10, 2, _ => Interlocked.Increment(ref sum))));
        Assert.Equal(800, sum);
    }

    [Fact]
    public void What_a_range_throws_reaches_the_caller_and_the_next_work_is_done()
    {
        int done = 0;
        Assert.Throws<InvalidOperationException>(() => WorkerTeam.Run(50, 2, range =>
        {
            Interlocked.Increment(ref done);
            if (range == 31)
                throw new InvalidOperationException();
        }));
        Assert.Equal(50, done);
        WorkerTeam.Run(50, 2, _ => Interlocked.Increment(ref done));
        Assert.Equal(100, done);
    }
}
