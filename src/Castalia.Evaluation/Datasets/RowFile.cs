namespace Castalia.Evaluation;

/// <summary>The rows of one file. What is read of it before a row is asked for is as little as its format allows.</summary>
internal abstract class RowFile
{
    /// <summary>The most rows a split may have.</summary>
    public const int MaxRows = 50_000_000;

    /// <summary>How many rows there are.</summary>
    public abstract int Count { get; }

    /// <summary>Reads a row; the same one each time it is asked for, up to identity.</summary>
    /// <exception cref="InputException">The row is broken: names file, line and column.</exception>
    public abstract Row Read(int index);

    /// <summary>Opens a file by its format.</summary>
    /// <exception cref="InputException">There is no such file, or it is not of this format.</exception>
    public static RowFile Open(SplitFile file)
    {
        RowFile rows = file.Format switch
        {
            DataFormat.Json => new JsonRows(file),
            DataFormat.Arrow => new ArrowRows(file),
            DataFormat.Parquet => new ParquetRows(file),
            DataFormat.Csv or DataFormat.Text => new TableRows(file),
            _ => throw new InputException(file.Path, null, $"data in the format {file.Format} are not read.", "Convert them to JSON Lines."),
        };
        return file.Shape is null && file.Limit is null ? rows : new ShapedRows(rows, file);
    }

    /// <summary>Rows brought into the columns that the hub has.</summary>
    private sealed class ShapedRows(RowFile inner, SplitFile file) : RowFile
    {
        public override int Count => Math.Min(inner.Count, file.Limit ?? int.MaxValue);

        public override Row Read(int index)
        {
            Row row = inner.Read(index);
            try
            {
                return file.Shape is null ? row : file.Shape(row);
            }
            catch (Exception error) when (error is KeyNotFoundException or InvalidCastException or FormatException or IndexOutOfRangeException)
            {
                throw new InputException(file.Path, $"row {index + 1}", $"the row has not the columns that this file is known for: {error.Message}",
                    "Fetch the file again.", error);
            }
        }
    }
}
