using System.Text.Json;
using Castalia.Formats;

namespace Castalia.Models;

/// <summary>A matrix of whole numbers in a JSON file: rows of token ids, or the mask beside them.</summary>
/// <param name="File">The file.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Numbers of each row.</param>
/// <param name="Values">All numbers, row after row.</param>
public sealed record TokenMatrix(string File, int Rows, int Columns, long[] Values)
{
    private const long LongestFile = 1 << 30;

    /// <summary>Reads a list of rows of one length, or one row as a plain list.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">The largest number that may stand in it; the smallest is 0.</param>
    /// <param name="what">What its numbers are, for messages.</param>
    /// <exception cref="InputException">The file is missing, or is not such a matrix; the message says where.</exception>
    public static TokenMatrix Read(string path, long most, string what)
    {
        const string Remedy = "Write it as [[1, 2, 3], [4, 5, 6]]: a list of rows of one length.";
        byte[] bytes;
        using (FileStream file = InputFile.OpenRead(path))
        {
            if (file.Length > LongestFile)
                throw new InputException(path, null, $"it has {file.Length} bytes; such a file has at most {LongestFile}.", "Split it.");
            bytes = new byte[file.Length];
            file.ReadExactly(bytes);
        }
        var values = new List<long>();
        int rows = 0, columns = -1, inRow = 0;
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 8 });
            int depth = 0; // 1 within the list of rows, 2 within a row; a plain list of numbers is one row
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartArray when depth == 0 || (depth == 1 && (inRow == 0 || rows > 0)):
                        (depth, inRow) = (depth + 1, 0);
                        break;
                    case JsonTokenType.Number when depth == 2 || (depth == 1 && rows == 0):
                        if (!reader.TryGetInt64(out long number) || number < 0 || number > most)
                            throw new InputException(path, $"row {rows}, number {inRow}", $"expected {what}, a whole number from 0 to {most}.", "Correct the number, or use the model's own tokenizer.");
                        values.Add(number);
                        inRow++;
                        break;
                    case JsonTokenType.EndArray:
                        if (depth == 2 || (depth == 1 && rows == 0 && inRow > 0))
                            EndRow();
                        depth--;
                        break;
                    default:
                        throw new InputException(path, $"row {rows}, number {inRow}", $"expected {what}, found {reader.TokenType}.", Remedy);
                }
            }
        }
        catch (JsonException exception)
        {
            throw new InputException(path, $"line {exception.LineNumber + 1}", "it is not valid JSON: " + exception.Message, Remedy, exception);
        }
        return rows > 0 ? new TokenMatrix(path, rows, columns, [.. values]) : throw new InputException(path, null, "it holds no row.", Remedy);

        void EndRow()
        {
            if (inRow == 0 || (columns >= 0 && inRow != columns))
                throw new InputException(path, $"row {rows}", inRow == 0 ? "the row is empty." : $"the row has {inRow} numbers, those before it {columns}.", Remedy);
            (rows, columns, inRow) = (rows + 1, inRow, 0);
        }
    }
}
