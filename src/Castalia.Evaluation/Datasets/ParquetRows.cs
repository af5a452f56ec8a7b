using System.Collections;
using Parquet.Serialization;

namespace Castalia.Evaluation;

/// <summary>Apache Parquet, lists and structures included. Columns become Python's values.</summary>
internal sealed class ParquetRows : RowFile
{
    private readonly SplitFile _file;
    private readonly string[] _columns;
    private readonly IList<Dictionary<string, object>> _rows;

    public ParquetRows(SplitFile file)
    {
        _file = file;
        try
        {
            using FileStream stream = File.OpenRead(file.Path);
            var read = ParquetSerializer.DeserializeUntypedAsync(stream).GetAwaiter().GetResult();
            _rows = [.. read.Data];
            _columns = [.. read.Schema.Fields.Select(field => field.Name)];
        }
        catch (Exception error) when (error is not (InputException or OutOfMemoryException))
        {
            // The reader says what it stumbles over in many ways.
            throw new InputException(file.Path, null, $"the file is no Parquet file, or is cut off: {error.Message}", "Fetch it again.", error);
        }
    }

    public override int Count => _rows.Count;

    public override Row Read(int index)
    {
        var row = new OrderedDictionary<string, object?>(_columns.Length, StringComparer.Ordinal);
        foreach (string column in _columns)
            row[column] = Value(_rows[index].GetValueOrDefault(column), index, column);
        return row;
    }

    private object? Value(object? value, int index, string column) => value switch
    {
        null => null,
        string or bool or long or double => value,
        int number => (long)number,
        short number => (long)number,
        sbyte number => (long)number,
        byte number => (long)number,
        ushort number => (long)number,
        uint number => (long)number,
        float number => (double)number,
        ReadOnlyMemory<char> text => text.ToString(),
        ReadOnlyMemory<byte> bytes => System.Text.Encoding.UTF8.GetString(bytes.Span),
        byte[] bytes => System.Text.Encoding.UTF8.GetString(bytes),
        IDictionary<string, object> structure => Struct(structure, index, column),
        IEnumerable list => (object?[])[.. list.Cast<object?>().Select(item => Value(item, index, column))],
        _ => throw new InputException(_file.Path, $"row {index}, column '{column}'", $"values of the type {value.GetType().Name} are not read.",
            "Convert the data set to JSON Lines without the column."),
    };

    private OrderedDictionary<string, object?> Struct(IDictionary<string, object> structure, int index, string column)
    {
        var row = new OrderedDictionary<string, object?>(structure.Count, StringComparer.Ordinal);
        foreach ((string key, object value) in structure)
            row[key] = Value(value, index, $"{column}.{key}");
        return row;
    }
}
