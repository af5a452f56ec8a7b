namespace Castalia.Recipes.Report.Sections;

/// <summary>Orders names so that <c>step2</c> comes before <c>step16</c>.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    /// <summary>The order.</summary>
    public static NaturalOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> a = x;
        ReadOnlySpan<char> b = y;
        while (!a.IsEmpty && !b.IsEmpty)
        {
            int digitsA = Digits(a);
            int digitsB = Digits(b);
            if (digitsA > 0 && digitsB > 0)
            {
                ReadOnlySpan<char> numberA = a[..digitsA].TrimStart('0');
                ReadOnlySpan<char> numberB = b[..digitsB].TrimStart('0');
                int order = numberA.Length != numberB.Length ? numberA.Length.CompareTo(numberB.Length) : numberA.SequenceCompareTo(numberB);
                if (order != 0)
                    return order;
                a = a[digitsA..];
                b = b[digitsB..];
            }
            else if (a[0] != b[0])
            {
                return a[0].CompareTo(b[0]);
            }
            else
            {
                a = a[1..];
                b = b[1..];
            }
        }
        return a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(x, y);
    }

    private static int Digits(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') is var end && end < 0 ? text.Length : end;
}
