namespace Castalia.Text.Bpe;

/// <summary>The working space of one encoder's merges, and the merging of long words with a queue: n log n however the text repeats.</summary>
internal sealed class MergeScratch
{
    private const int Kept = 1 << 16;

    private int[] _symbols = new int[256], _next = [], _previous = [];
    private ulong[] _queue = [];
    private int _queued;

    /// <summary>Space for the symbols of a word.</summary>
    public Span<int> Symbols(int length)
    {
        if (length > _symbols.Length || _symbols.Length > Kept)
            _symbols = new int[Math.Max(256, length)];
        return _symbols.AsSpan(0, length);
    }

    /// <summary>
    /// Merges the first <paramref name="count"/> symbols; returns how many are left. Queue entries go stale as neighbours merge; one
    /// still counts where the pair now at its place makes the same token, whatever that pair's rank (HF's rule, which matters where
    /// two merges make the same token).
    /// </summary>
    /// <param name="merges">The merges.</param>
    /// <param name="count">How many symbols there are.</param>
    /// <param name="lengths">Where given, a number for each symbol: that of a token is the sum of what it was merged from.</param>
    public int MergeByQueue(MergeTable merges, int count, int[]? lengths = null)
    {
        if (_next.Length < count || (_next.Length > Kept && count <= Kept))
        {
            int size = Math.Max(256, count);
            (_next, _previous, _queue) = (new int[size], new int[size], new ulong[size]);
        }
        _queued = 0;
        for (int i = 0; i < count; i++)
        {
            _next[i] = i + 1;
            _previous[i] = i - 1;
            if (i + 1 < count)
                Offer(merges.RankOf(_symbols[i], _symbols[i + 1]), i);
        }
        for (int i = (_queued / 4) + 1; i-- > 0;)
            SiftDown(i);
        while (_queued > 0)
        {
            (int rank, int at) = Take();
            int right = _next[at];
            if (_symbols[at] < 0 || right >= count)
                continue;
            int now = merges.RankOf(_symbols[at], _symbols[right]);
            int result = merges.ResultOf(rank);
            if (now == MergeTable.None || (now != rank && merges.ResultOf(now) != result))
                continue;
            _symbols[at] = result;
            _symbols[right] = -1;
            if (lengths is not null)
                lengths[at] += lengths[right];
            int after = _next[at] = _next[right];
            if (after < count)
            {
                _previous[after] = at;
                OfferAndSift(merges.RankOf(result, _symbols[after]), at);
            }
            if (_previous[at] >= 0)
                OfferAndSift(merges.RankOf(_symbols[_previous[at]], result), _previous[at]);
        }
        int kept = 0;
        for (int i = 0; i < count; i = _next[i])
        {
            if (lengths is not null)
                lengths[kept] = lengths[i];
            _symbols[kept++] = _symbols[i];
        }
        return kept;
    }

    private void Offer(int rank, int at)
    {
        if (rank == MergeTable.None)
            return;
        if (_queued == _queue.Length)
            Array.Resize(ref _queue, _queue.Length * 2);
        _queue[_queued++] = ((ulong)(uint)rank << 32) | (uint)at;
    }

    private void OfferAndSift(int rank, int at)
    {
        int before = _queued;
        Offer(rank, at);
        if (_queued == before)
            return;
        int i = before;
        ulong entry = _queue[i];
        while (i > 0 && _queue[(i - 1) / 4] > entry)
        {
            _queue[i] = _queue[(i - 1) / 4];
            i = (i - 1) / 4;
        }
        _queue[i] = entry;
    }

    private (int Rank, int At) Take()
    {
        ulong top = _queue[0];
        _queue[0] = _queue[--_queued];
        SiftDown(0);
        return ((int)(top >> 32), (int)(uint)top);
    }

    private void SiftDown(int i)
    {
        if (i >= _queued)
            return;
        ulong entry = _queue[i];
        while ((i * 4L) + 1 < _queued)
        {
            int first = (i * 4) + 1, best = first, last = Math.Min(first + 4, _queued);
            for (int child = first + 1; child < last; child++)
            {
                if (_queue[child] < _queue[best])
                    best = child;
            }
            if (_queue[best] >= entry)
                break;
            _queue[i] = _queue[best];
            i = best;
        }
        _queue[i] = entry;
    }
}
