using CsCheck;

namespace Castalia.Data.Tests;

/// <summary>Work on several threads that comes out in order.</summary>
public sealed class OrderedWorkTests
{
    [Fact]
    public void Results_come_in_the_order_of_the_items_for_any_number_of_threads() =>
        Gen.Select(Gen.Int[0, 200], Gen.Int[1, 6]).Sample((count, threads) =>
        {
            IEnumerable<int> results = new OrderedWork(threads).Select(Enumerable.Range(0, count), item => item * item, null, default);
            Assert.Equal(Enumerable.Range(0, count).Select(item => item * item), results);
        }, iter: 200);

    [Fact]
    public void Items_under_way_weigh_no_more_than_the_bound_but_for_one()
    {
        int taken = 0, returned = 0, most = 0;
        IEnumerable<int> Items()
        {
            for (; taken < 100; taken++)
            {
                most = Math.Max(most, taken - returned);
                yield return taken;
            }
        }
        foreach (int _ in new OrderedWork(8, mostWeight: 30).Select(Items(), item => item, _ => 10, default))
            returned++;
        Assert.Equal(100, returned);
        // Three under way, one read ahead, one handed back and not yet counted.
        Assert.InRange(most, 1, 5);
        Assert.Equal([1, 2], new OrderedWork(2, mostWeight: 5).Select([1, 2], item => item, _ => 100, default));
    }

    [Fact]
    public void What_went_wrong_first_in_the_items_order_is_what_is_told()
    {
        IEnumerable<int> Items()
        {
            yield return 0;
            yield return 1;
            throw new InvalidOperationException("reading");
        }
        List<int> got = [];
        var error = Assert.Throws<FormatException>(() =>
        {
            foreach (int item in new OrderedWork(4).Select(Items(), item => item == 1 ? throw new FormatException() : item, null, default))
                got.Add(item);
        });
        Assert.NotNull(error);
        Assert.Equal([0], got);
        Assert.Throws<InvalidOperationException>(() => new OrderedWork(4).Select(Items(), item => item, null, default).ToList());
    }
}
