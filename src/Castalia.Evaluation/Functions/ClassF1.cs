using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>F1 of several classes, as scikit-learn's <c>f1_score</c> averages it.</summary>
internal static class ClassF1
{
    /// <summary>F1 of each class, weighed by how often it is the right one; <c>average="weighted"</c>.</summary>
    public static double Weighted(IReadOnlyList<(object? Gold, object? Predicted)> items)
    {
        // scikit-learn adds the classes up in their order, and sums of doubles hang on it.
        object?[] classes = Classes(items);
        double sum = classes.Sum(one => Of(items, one) * items.Count(item => PythonOperators.AreEqual(item.Gold, one)));
        return items.Count == 0 ? 0 : sum / items.Count;
    }

    /// <summary>The plain mean of F1 over all classes that occur; <c>average="macro"</c>.</summary>
    public static double Macro(IReadOnlyList<(object? Gold, object? Predicted)> items) => Macro(items, Classes(items));

    /// <summary>The plain mean of F1 over given classes.</summary>
    public static double Macro(IReadOnlyList<(object? Gold, object? Predicted)> items, IReadOnlyList<object?> classes) =>
        classes.Sum(one => Of(items, one)) / classes.Count;

    /// <summary>The share of right answers; <c>average="micro"</c> where every item has one class.</summary>
    public static double Micro(IReadOnlyList<(object? Gold, object? Predicted)> items) =>
        items.Count(item => PythonOperators.AreEqual(item.Gold, item.Predicted)) / (double)items.Count;

    /// <summary>F1 of one class; 0 where it is neither right nor predicted.</summary>
    public static double Of(IReadOnlyList<(object? Gold, object? Predicted)> items, object? one)
    {
        int both = 0, gold = 0, predicted = 0;
        foreach ((object? right, object? said) in items)
        {
            bool isRight = PythonOperators.AreEqual(right, one), isSaid = PythonOperators.AreEqual(said, one);
            gold += isRight ? 1 : 0;
            predicted += isSaid ? 1 : 0;
            both += isRight && isSaid ? 1 : 0;
        }
        return both == 0 ? 0 : 2.0 * both / (gold + predicted);
    }

    private static object?[] Classes(IReadOnlyList<(object? Gold, object? Predicted)> items)
    {
        var classes = new List<object?>();
        foreach (object? value in items.SelectMany(item => new[] { item.Gold, item.Predicted }))
        {
            if (!classes.Any(known => PythonOperators.AreEqual(known, value)))
                classes.Add(value);
        }
        return [.. classes.Order(Comparer<object?>.Create((a, b) => a is string x && b is string y ? PythonString.CompareByCodePoint(x, y) : PythonOperators.Compare(a, b)))];
    }
}
