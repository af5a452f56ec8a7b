namespace Castalia.Text.Training;

/// <summary>The words that a candidate is in: a stretch of a chunk of <see cref="WordSets"/>.</summary>
internal readonly record struct WordSet(int Chunk, int Start, int Count);

/// <summary>
/// Memory for sets of words, handed out in stretches and never taken back: a merge asks for at most twice as many as the symbols that it
/// removes, so all together are not much more than the words have symbols.
/// </summary>
internal sealed class WordSets
{
    private const int ChunkSize = 1 << 18;

    private readonly List<int[]> _chunks = [];
    private int _open = -1, _used = ChunkSize;

    /// <summary>Room for so many words, to be filled through <see cref="this"/>.</summary>
    public WordSet Take(int count)
    {
        if (count > ChunkSize / 4)
        {
            _chunks.Add(new int[count]);
            return new WordSet(_chunks.Count - 1, 0, count);
        }
        if (count > ChunkSize - _used)
        {
            _chunks.Add(new int[ChunkSize]);
            (_open, _used) = (_chunks.Count - 1, 0);
        }
        _used += count;
        return new WordSet(_open, _used - count, count);
    }

    /// <summary>The words of a set.</summary>
    public Span<int> this[WordSet set] => _chunks[set.Chunk].AsSpan(set.Start, set.Count);
}
