using System.Collections;

namespace Castalia.Evaluation;

/// <summary>Rows that are read when they are first looked at, and kept.</summary>
internal sealed class LazyRows : IReadOnlyList<Row>
{
    private readonly RowFile[] _files;
    private readonly int[] _starts;
    private readonly Row?[] _rows;

    public LazyRows(RowFile[] files)
    {
        _files = files;
        _starts = new int[files.Length];
        long count = 0;
        for (int i = 0; i < files.Length; i++)
        {
            _starts[i] = (int)count;
            count += files[i].Count;
            if (count > RowFile.MaxRows)
                throw new InputException("data_files", null, $"the split has more than {RowFile.MaxRows:N0} rows.", "Split it up.");
        }
        Count = (int)count;
        _rows = new Row?[Count];
    }

    private LazyRows(LazyRows all, int count)
    {
        (_files, _starts, _rows) = (all._files, all._starts, all._rows);
        Count = count;
    }

    public int Count { get; }

    public Row this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            // Two threads may both read a row; either's is as good.
            return _rows[index] ??= ReadRow(index);
        }
    }

    /// <summary>The first rows.</summary>
    public LazyRows First(int count) => count == Count ? this : new LazyRows(this, count);

    public IEnumerator<Row> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private Row ReadRow(int index)
    {
        int file = Array.BinarySearch(_starts, index);
        if (file < 0)
            file = ~file - 1;
        // Of files that begin at the same row, all but the last are empty.
        while (file + 1 < _starts.Length && _starts[file + 1] == index)
            file++;
        return _files[file].Read(index - _starts[file]);
    }
}
