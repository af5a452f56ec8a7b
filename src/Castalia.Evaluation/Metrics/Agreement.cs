using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>How well given classes agree with the right ones over all documents, as scikit-learn counts it. Items are pairs of right and given.</summary>
internal static class Agreement
{
    private const int MaxClasses = 4096;

    /// <summary>F1 of the class 1, scikit-learn's <c>f1_score</c> of two classes.</summary>
    /// <exception cref="ArgumentException">The classes are not two with 1 among them.</exception>
    public static Func<ReadOnlySpan<int>, double> F1(MetricItem[] items)
    {
        (int[] gold, int[] given, List<object?> classes) = Read(items);
        if (classes.Count > 2)
            throw new ArgumentException($"f1 is of two classes, but there are {classes.Count}; average over classes by a function of the task's.");
        int one = classes.FindIndex(known => PythonOperators.AreEqual(known, 1L));
        if (classes.Count == 2 && one < 0)
            throw new ArgumentException($"f1 is of the class 1, but the classes are {PythonText.Repr(classes[0])} and {PythonText.Repr(classes[1])}.");
        return drawn =>
        {
            long both = 0, either = 0;
            foreach (int i in drawn)
            {
                bool right = gold[i] == one, said = given[i] == one;
                both += right && said ? 1 : 0;
                either += (right ? 1 : 0) + (said ? 1 : 0);
            }
            return both == 0 ? 0 : 2.0 * both / either;
        };
    }

    /// <summary>Matthews's correlation coefficient for any number of classes (Gorodkin 2004); 0 where it is not defined.</summary>
    public static Func<ReadOnlySpan<int>, double> Matthews(MetricItem[] items)
    {
        (int[] gold, int[] given, List<object?> classes) = Read(items);
        int count = classes.Count;
        return drawn =>
        {
            Span<long> counts = count <= 64 ? stackalloc long[2 * count] : new long[2 * count];
            counts.Clear();
            double right = 0, all = drawn.Length, crossed = 0, goldSquares = 0, givenSquares = 0;
            foreach (int i in drawn)
            {
                counts[gold[i]]++;
                counts[count + given[i]]++;
                right += gold[i] == given[i] ? 1 : 0;
            }
            for (int i = 0; i < count; i++)
            {
                double t = counts[i], p = counts[count + i];
                crossed += t * p;
                goldSquares += t * t;
                givenSquares += p * p;
            }
            double below = (all * all - givenSquares) * (all * all - goldSquares);
            return below == 0 ? 0 : (right * all - crossed) / Math.Sqrt(below);
        };
    }

    private static (int[] Gold, int[] Given, List<object?> Classes) Read(MetricItem[] items)
    {
        var classes = new List<object?>();
        int[] gold = new int[items.Length], given = new int[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            if (items[i].Content is not IReadOnlyList<object?> { Count: 2 } pair)
                throw new ArgumentException("an item is no pair of right and given class.");
            gold[i] = Class(pair[0]);
            given[i] = Class(pair[1]);
        }
        return (gold, given, classes);

        int Class(object? value)
        {
            if (value is IReadOnlyList<object?>)
                throw new ArgumentException($"{PythonText.Repr(value)} is several classes; one was expected.");
            int at = classes.FindIndex(known => PythonOperators.AreEqual(known, value));
            if (at >= 0)
                return at;
            if (classes.Count == MaxClasses)
                throw new ArgumentException($"there are more than {MaxClasses} classes.");
            classes.Add(value);
            return classes.Count - 1;
        }
    }
}
