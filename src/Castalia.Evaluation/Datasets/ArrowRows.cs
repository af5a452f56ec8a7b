using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace Castalia.Evaluation;

/// <summary>Apache Arrow's IPC, as a stream or a file: what Hugging Face's datasets keep in their cache. Columns become Python's values.</summary>
internal sealed class ArrowRows : RowFile
{
    private readonly SplitFile _file;
    private readonly List<RecordBatch> _batches = [];
    private readonly List<int> _starts = [];

    public ArrowRows(SplitFile file)
    {
        _file = file;
        try
        {
            using FileStream stream = File.OpenRead(file.Path);
            Span<byte> magic = stackalloc byte[6];
            bool isFile = stream.ReadAtLeast(magic, 6, throwOnEndOfStream: false) == 6 && magic.SequenceEqual("ARROW1"u8);
            stream.Position = 0;
            using ArrowStreamReader reader = isFile ? new ArrowFileReader(stream) : new ArrowStreamReader(stream);
            while (reader.ReadNextRecordBatch() is { } batch)
            {
                _starts.Add(Count);
                _batches.Add(batch);
                Count = checked(Count + batch.Length);
            }
        }
        catch (Exception error) when (error is not (InputException or OutOfMemoryException))
        {
            // The reader says what it stumbles over in many ways.
            throw new InputException(file.Path, null, $"the file is no Arrow stream or file, or is cut off: {error.Message}", "Fetch it again.", error);
        }
    }

    public override int Count { get; }

    public override Row Read(int index)
    {
        int part = _starts.BinarySearch(index);
        part = part < 0 ? ~part - 1 : part;
        // Empty batches share a start with the one behind them.
        while (index - _starts[part] >= _batches[part].Length)
            part++;
        RecordBatch batch = _batches[part];
        var row = new OrderedDictionary<string, object?>(batch.ColumnCount, StringComparer.Ordinal);
        for (int i = 0; i < batch.ColumnCount; i++)
        {
            string column = batch.Schema.GetFieldByIndex(i).Name;
            try
            {
                row[column] = Value(batch.Column(i), index - _starts[part], column);
            }
            catch (Exception error) when (error is not (InputException or OutOfMemoryException))
            {
                throw new InputException(_file.Path, $"row {index}, column '{column}'", $"the value lies outside the file's data: {error.Message}", "Fetch the file again.", error);
            }
        }
        return row;
    }

    private object? Value(IArrowArray array, int index, string column)
    {
        if (array.IsNull(index))
            return null;
        return array switch
        {
            StringArray texts => texts.GetString(index),
            LargeStringArray texts => texts.GetString(index),
            StringViewArray texts => texts.GetString(index),
            BooleanArray truths => truths.GetValue(index),
            Int64Array numbers => numbers.GetValue(index),
            Int32Array numbers => (long?)numbers.GetValue(index),
            Int16Array numbers => (long?)numbers.GetValue(index),
            Int8Array numbers => (long?)numbers.GetValue(index),
            UInt64Array numbers => checked((long?)numbers.GetValue(index)),
            UInt32Array numbers => (long?)numbers.GetValue(index),
            UInt16Array numbers => (long?)numbers.GetValue(index),
            UInt8Array numbers => (long?)numbers.GetValue(index),
            DoubleArray numbers => numbers.GetValue(index),
            FloatArray numbers => (double?)numbers.GetValue(index),
            NullArray => null,
            DictionaryArray words => Value(words.Dictionary, (int)(long)Value(words.Indices, index, column)!, column),
            ListArray list => List(list.Values, list.ValueOffsets[index], list.ValueOffsets[index + 1], column),
            LargeListArray list => List(list.Values, checked((int)list.ValueOffsets[index]), checked((int)list.ValueOffsets[index + 1]), column),
            StructArray structure => Struct(structure, index, column),
            _ => throw new InputException(_file.Path, $"row {index}, column '{column}'", $"values of the type {array.Data.DataType.Name} are not read.",
                "Convert the data set to JSON Lines without the column."),
        };
    }

    private object?[] List(IArrowArray values, int from, int to, string column)
    {
        var list = new object?[to - from];
        for (int i = from; i < to; i++)
            list[i - from] = Value(values, i, column);
        return list;
    }

    private OrderedDictionary<string, object?> Struct(StructArray structure, int index, string column)
    {
        var type = (StructType)structure.Data.DataType;
        var row = new OrderedDictionary<string, object?>(type.Fields.Count, StringComparer.Ordinal);
        for (int i = 0; i < type.Fields.Count; i++)
            row[type.Fields[i].Name] = Value(structure.Fields[i], index, $"{column}.{type.Fields[i].Name}");
        return row;
    }
}
