namespace Castalia.Text.Importing;

/// <summary>Numbers of which the smallest is always taken first: a heap whose nodes have four children each.</summary>
internal sealed class JoinQueue
{
    private const int Kept = 1 << 18;

    private ulong[] _numbers = new ulong[256];
    private int _count;

    /// <summary>Empties it, and gives back space beyond what is usual.</summary>
    public void Clear()
    {
        _count = 0;
        if (_numbers.Length > Kept)
            _numbers = new ulong[256];
    }

    /// <summary>Adds a number at the end, to be put in its place by <see cref="Order"/>.</summary>
    public void AddUnordered(ulong number)
    {
        if (_count == _numbers.Length)
            Array.Resize(ref _numbers, _count * 2);
        _numbers[_count++] = number;
    }

    /// <summary>Puts all numbers in their places.</summary>
    public void Order()
    {
        for (int i = (_count / 4) + 1; i-- > 0;)
            SiftDown(i);
    }

    /// <summary>Adds a number.</summary>
    public void Add(ulong number)
    {
        AddUnordered(number);
        int at = _count - 1;
        for (int parent; at > 0 && _numbers[parent = (at - 1) / 4] > number; at = parent)
            _numbers[at] = _numbers[parent];
        _numbers[at] = number;
    }

    /// <summary>Takes the smallest number; false where there is none.</summary>
    public bool TryTake(out ulong number)
    {
        number = _numbers[0];
        if (_count == 0)
            return false;
        _numbers[0] = _numbers[--_count];
        SiftDown(0);
        return true;
    }

    private void SiftDown(int at)
    {
        if (at >= _count)
            return;
        ulong[] numbers = _numbers;
        ulong number = numbers[at];
        for (long first; (first = (at * 4L) + 1) < _count;)
        {
            int best = (int)first, last = (int)Math.Min(first + 4, _count);
            for (int child = best + 1; child < last; child++)
            {
                if (numbers[child] < numbers[best])
                    best = child;
            }
            if (numbers[best] >= number)
                break;
            numbers[at] = numbers[best];
            at = best;
        }
        numbers[at] = number;
    }
}
