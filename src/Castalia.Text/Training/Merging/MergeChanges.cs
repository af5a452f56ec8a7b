using System.Runtime.CompilerServices;

namespace Castalia.Text.Training;

/// <summary>
/// What one merge changes. All pairs concerned have one of the two merged symbols or the new one on one side, so changes are summed up by the
/// neighbour on the other side, without hashing.
/// </summary>
internal sealed class MergeChanges(PairTable pairs, WordSets sets, PairQueue queue)
{
    private readonly Neighbours _before = new(), _after = new();
    private int _left, _right, _joined;

    /// <summary>Begins a merge of two symbols into one.</summary>
    public void Begin(int left, int right, int joined) => (_left, _right, _joined) = (left, right, joined);

    /// <summary>The pair of a neighbour and the left symbol is no more in a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LoseBefore(int neighbour, long times) => _before.At(neighbour).Lost += times;

    /// <summary>The pair of the right symbol and a neighbour is no more in a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LoseAfter(int neighbour, long times) => _after.At(neighbour).Lost += times;

    /// <summary>The pair of a neighbour and the new symbol has come to be in a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void GainBefore(int neighbour, long times, int word) => _before.Gain(neighbour, times, word);

    /// <summary>The pair of the new symbol and a neighbour has come to be in a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void GainAfter(int neighbour, long times, int word) => (neighbour == _joined ? _before : _after).Gain(neighbour, times, word);

    /// <summary>Brings the counts up to date and puts each pair that was gained into the queue with the words that gained it.</summary>
    public void End()
    {
        foreach (int neighbour in _before.Touched)
            Count(_before.At(neighbour), PairTable.Key(neighbour, _left), PairTable.Key(neighbour, _joined));
        foreach (int neighbour in _after.Touched)
            Count(_after.At(neighbour), PairTable.Key(_right, neighbour), PairTable.Key(_joined, neighbour));
        _before.FillSets(sets);
        _after.FillSets(sets);
        foreach (int neighbour in _before.Touched)
            Put(PairTable.Key(neighbour, _joined), _before.At(neighbour).Set);
        foreach (int neighbour in _after.Touched)
            Put(PairTable.Key(_joined, neighbour), _after.At(neighbour).Set);
        _before.Clear();
        _after.Clear();
    }

    private void Count(in Neighbour neighbour, ulong lost, ulong gained)
    {
        if (neighbour.Lost != 0)
            pairs.Change(lost, -neighbour.Lost);
        if (neighbour.Gained != 0)
            pairs.Change(gained, neighbour.Gained);
    }

    private void Put(ulong pair, WordSet words)
    {
        if (words.Count > 0 && pairs.CountOf(pair) is var count and > 0)
            queue.Put(new Candidate(pair, count, words));
    }

    private struct Neighbour
    {
        public long Lost, Gained;
        public int LastWord, Words;
        public bool Touched;
        public WordSet Set;
    }

    /// <summary>The neighbours on one side.</summary>
    private sealed class Neighbours
    {
        private Neighbour[] _of = new Neighbour[1 << 10];
        private int[] _touched = new int[1 << 8];
        private (int Neighbour, int Word)[] _gains = new (int, int)[1 << 8];
        private int _touchedCount, _gainCount;

        public ReadOnlySpan<int> Touched => _touched.AsSpan(0, _touchedCount);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ref Neighbour At(int symbol)
        {
            if (symbol >= _of.Length || !_of[symbol].Touched)
                Touch(symbol);
            return ref _of[symbol];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Gain(int symbol, long times, int word)
        {
            ref Neighbour neighbour = ref At(symbol);
            neighbour.Gained += times;
            if (neighbour.LastWord == word)
                return;
            neighbour.LastWord = word;
            neighbour.Words++;
            if (_gainCount == _gains.Length)
                Array.Resize(ref _gains, checked(_gainCount * 2));
            _gains[_gainCount++] = (symbol, word);
        }

        /// <summary>Gives each neighbour that was gained the set of the words that did.</summary>
        public void FillSets(WordSets sets)
        {
            foreach (int symbol in Touched)
            {
                ref Neighbour neighbour = ref _of[symbol];
                if (neighbour.Words > 0)
                    neighbour.Set = sets.Take(neighbour.Words);
            }
            foreach ((int symbol, int word) in _gains.AsSpan(0, _gainCount))
            {
                ref Neighbour neighbour = ref _of[symbol];
                sets[neighbour.Set][--neighbour.Words] = word;
            }
        }

        public void Clear()
        {
            foreach (int symbol in Touched)
                _of[symbol] = default;
            _touchedCount = _gainCount = 0;
        }

        private void Touch(int symbol)
        {
            if (symbol >= _of.Length)
                Array.Resize(ref _of, Math.Max(symbol + 1, checked(_of.Length * 2)));
            _of[symbol] = new Neighbour { Touched = true, LastWord = -1 };
            if (_touchedCount == _touched.Length)
                Array.Resize(ref _touched, _touchedCount * 2);
            _touched[_touchedCount++] = symbol;
        }
    }
}
