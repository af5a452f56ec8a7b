using Castalia.Text.Bpe;

namespace Castalia.Text.Importing;

/// <summary>
/// Finds the merges that do what tiktoken does by ranks alone. It joins the two neighbours whose joint bytes have the lowest rank, whichever
/// two they are. Inside a stretch that becomes a token the joins go the same way wherever the stretch stands, as none goes over its ends; so the
/// last join of a token's own bytes is the only one that ever makes it. A token whose bytes never get down to two parts is made by no join
/// (a word that is that token as a whole is still found).
/// </summary>
internal static class RankMerges
{
    /// <summary>The merges in order of rank, in the byte-level alphabet.</summary>
    /// <param name="tokens">The bytes and the rank of each token, each of both once. Bytes that are no token stay alone.</param>
    public static (string Left, string Right)[] Find(IReadOnlyCollection<(byte[] Bytes, int Rank)> tokens)
    {
        WordTable ranks = new(tokens.Select(token => (token.Bytes, token.Rank)));
        byte[][] longer = [.. tokens.OrderBy(token => token.Rank).Select(token => token.Bytes).Where(bytes => bytes.Length > 1)];
        int[] middles = new int[longer.Length];
        Parallel.For(0, longer.Length, () => new Joining(ranks), (i, _, joining) =>
        {
            middles[i] = joining.FindLast(longer[i]);
            return joining;
        }, _ => { });
        return [.. longer.Zip(middles).Where(token => token.Second > 0)
            .Select(token => (ByteAlphabet.Write(token.First.AsSpan(0, token.Second)), ByteAlphabet.Write(token.First.AsSpan(token.Second))))];
    }

    /// <summary>Joins the bytes of one token after the other.</summary>
    private sealed class Joining(WordTable ranks)
    {
        private readonly PriorityQueue<(int Start, int Length), (int Rank, int Start)> _queue = new();

        // Of the part that begins at a byte: where it ends (0: none begins there) and where the one before it begins.
        private int[] _end = [], _previous = [];

        /// <summary>Where the second part of the last join begins; 0 where the bytes never get down to two parts.</summary>
        public int FindLast(byte[] token)
        {
            if (_end.Length <= token.Length)
                (_end, _previous) = (new int[token.Length + 1], new int[token.Length + 1]);
            _queue.Clear();
            for (int at = 0; at < token.Length; at++)
                (_end[at], _previous[at]) = (at + 1, at - 1);
            int parts = token.Length;
            for (int at = 0; at + 1 < token.Length; at++)
                Offer(token, at);
            while (parts > 2 && _queue.TryDequeue(out (int Start, int Length) join, out _))
            {
                (int start, int end) = (join.Start, join.Start + join.Length);
                int middle = _end[start];
                // Out of date where one of the two has been joined to something else.
                if (middle == 0 || middle >= end || _end[middle] != end)
                    continue;
                (_end[start], _end[middle]) = (end, 0);
                parts--;
                if (end < token.Length)
                    _previous[end] = start;
                Offer(token, start);
                if (start > 0)
                    Offer(token, _previous[start]);
            }
            return parts == 2 ? _end[0] : 0;
        }

        private void Offer(byte[] token, int start)
        {
            int middle = _end[start];
            if (middle == token.Length)
                return;
            int end = _end[middle];
            if (ranks.TryGet(token.AsSpan(start..end), out int rank))
                _queue.Enqueue((start, end - start), (rank, start));
        }
    }
}
