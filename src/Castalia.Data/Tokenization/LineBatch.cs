namespace Castalia.Data;

/// <summary>Some lines of a file one after the other.</summary>
/// <param name="file">The file's path, for errors.</param>
/// <param name="format">What its lines are.</param>
internal sealed class LineBatch(string file, TextFormat format)
{
    private readonly List<(int Start, int End, long Number)> _lines = [];
    private byte[] _bytes = [];
    private int _length;

    /// <summary>The file's path.</summary>
    public string File => file;

    /// <summary>What the lines are.</summary>
    public TextFormat Format => format;

    /// <summary>How many lines there are.</summary>
    public int Count => _lines.Count;

    /// <summary>How many bytes they have together.</summary>
    public int Length => _length;

    /// <summary>How many bytes of all files were read when the batch was full.</summary>
    public long Done { get; set; }

    /// <summary>A line without its end.</summary>
    public ReadOnlySpan<byte> Line(int index) => _bytes.AsSpan(_lines[index].Start.._lines[index].End);

    /// <summary>A line's number in the file, from 1.</summary>
    public long Number(int index) => _lines[index].Number;

    /// <summary>Adds a line.</summary>
    public void Add(ReadOnlySpan<byte> line, long number)
    {
        if (line.Length > _bytes.Length - _length)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max((long)_length + line.Length, Math.Min(2L * _bytes.Length, 1 << 21))));
        line.CopyTo(_bytes.AsSpan(_length));
        _lines.Add((_length, _length + line.Length, number));
        _length += line.Length;
    }

    /// <summary>A complaint about a line.</summary>
    public InputException Fail(int index, string problem, string remedy, Exception? inner = null) =>
        new(file, FormattableString.Invariant($"line {Number(index)}"), problem, remedy, inner);
}
