using System.Globalization;
using System.Text;

namespace Castalia.Evaluation;

/// <summary>Rows of a text file: comma-separated values with a header (RFC 4180), or a row a line in the column <c>text</c>.</summary>
internal sealed class TableRows : RowFile
{
    private const long MostCharacters = 1L << 30;

    private readonly List<string?[]> _rows = [];
    private readonly string[] _columns;
    private readonly Func<string, object?>[] _readers;

    public TableRows(SplitFile file)
    {
        using var reader = new StreamReader(CompressedStream.OpenRead(file.Path), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            if (file.Format == DataFormat.Text)
            {
                _columns = ["text"];
                while (reader.ReadLine() is { } line)
                    _rows.Add([line]);
                _readers = [text => text];
                return;
            }
            _columns = [.. (Record(reader, file) ?? throw new InputException(file.Path, "line 1", "the file is empty.", "The first line names the columns.")).Select(name => name ?? "")];
            while (Record(reader, file) is { } record)
            {
                if (record is [null])
                    continue; // an empty line
                if (record.Length != _columns.Length)
                    throw new InputException(file.Path, $"record {_rows.Count + 2}", $"it has {record.Length} values for {_columns.Length} columns.", "Put values with separators or line ends into quotes.");
                _rows.Add(record);
            }
        }
        catch (DecoderFallbackException error)
        {
            throw new InputException(file.Path, $"record {_rows.Count + 2}", "the text is no UTF-8.", "Save the file as UTF-8.", error);
        }
        _readers = [.. Enumerable.Range(0, _columns.Length).Select(Reader)];
    }

    public override int Count => _rows.Count;

    public override Row Read(int index)
    {
        var row = new OrderedDictionary<string, object?>(_columns.Length, StringComparer.Ordinal);
        for (int i = 0; i < _columns.Length; i++)
            row[_columns[i]] = _rows[index][i] is { } text ? _readers[i](text) : null;
        return row;
    }

    /// <summary>A column is of whole numbers, of numbers, of truths or of text, whichever all its values allow first; that is how pandas reads it for HF's datasets.</summary>
    private Func<string, object?> Reader(int column)
    {
        string[] values = [.. _rows.Select(row => row[column]).OfType<string>()];
        bool gaps = values.Length < _rows.Count;
        if (values.Length == 0)
            return text => text;
        // With gaps pandas has no whole numbers.
        if (!gaps && values.All(value => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)))
            return text => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (values.All(value => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
            return text => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return values.All(value => value is "True" or "False" or "true" or "false" or "TRUE" or "FALSE") ? text => text[0] is 'T' or 't' : text => text;
    }

    /// <summary>One record; an empty value without quotes is null. Null at the end of the file.</summary>
    private static string?[]? Record(StreamReader reader, SplitFile file)
    {
        if (reader.Peek() < 0)
            return null;
        var record = new List<string?>();
        var value = new StringBuilder();
        bool quoted = false, inside = false;
        while (true)
        {
            int next = reader.Read();
            if (value.Length > MostCharacters || (next < 0 && inside))
                throw new InputException(file.Path, null, "a quote is opened and never closed.", "Close it, or double the quotes inside a value.");
            if (inside)
            {
                if (next != '"')
                    value.Append((char)next);
                else if (reader.Peek() == '"')
                    value.Append((char)reader.Read());
                else
                    inside = false;
            }
            else if (next == '"' && value.Length == 0 && !quoted)
                (quoted, inside) = (true, true);
            else if (next < 0 || next == '\n' || next == file.Delimiter)
            {
                if (next != file.Delimiter && value.Length > 0 && value[^1] == '\r')
                    value.Length--;
                record.Add(value.Length == 0 && !quoted ? null : value.ToString());
                value.Clear();
                quoted = false;
                if (next != file.Delimiter)
                    return [.. record];
            }
            else
                value.Append((char)next);
        }
    }
}
