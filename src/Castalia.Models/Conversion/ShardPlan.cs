using System.Globalization;

namespace Castalia.Models.Conversion;

/// <summary>Which tensors go into which file of a model, and how the files are called: by transformers' rule.</summary>
public static class ShardPlan
{
    /// <summary>transformers' usual bound: 5 GB.</summary>
    public const long UsualSize = 5_000_000_000;

    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1),
    ];

    /// <summary>
    /// Fills one file after the other in the order given: a tensor that does not fit any more begins the next file, and one that is
    /// larger than a file has one to itself.
    /// </summary>
    /// <param name="items">The tensors.</param>
    /// <param name="length">A tensor's bytes.</param>
    /// <param name="most">The most bytes a file.</param>
    public static IReadOnlyList<IReadOnlyList<T>> Split<T>(IEnumerable<T> items, Func<T, long> length, long most)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        List<IReadOnlyList<T>> shards = [];
        List<T> current = [];
        long size = 0;
        foreach (T item in items)
        {
            long bytes = length(item);
            if (bytes > most)
            {
                shards.Add([item]);
                continue;
            }
            if (size + bytes > most)
            {
                shards.Add(current);
                (current, size) = ([], 0);
            }
            current.Add(item);
            size += bytes;
        }
        if (current.Count > 0)
            shards.Add(current);
        return shards;
    }

    /// <summary>The name of a file: <c>model.safetensors</c> where there is one, else <c>model-00001-of-00003.safetensors</c>.</summary>
    /// <param name="index">Which file, from 0.</param>
    /// <param name="count">How many there are.</param>
    public static string NameOf(int index, int count) => count == 1 ? SafetensorsModelFiles.SingleName : $"model-{index + 1:D5}-of-{count:D5}.safetensors";

    /// <summary>Reads a size: <c>5GB</c>, <c>500MB</c>, <c>2GiB</c>, or a number of bytes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">The size.</param>
    /// <returns>Whether the text is one, and not 0.</returns>
    public static bool TryParseSize(string text, out long bytes)
    {
        (string unit, long factor) = Units.FirstOrDefault(one => text.EndsWith(one.Unit, StringComparison.OrdinalIgnoreCase), ("", 1));
        bytes = 0;
        if (!decimal.TryParse(text.AsSpan(0, text.Length - unit.Length).Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            || number > long.MaxValue / factor)
            return false;
        bytes = (long)(number * factor);
        return bytes > 0;
    }
}
