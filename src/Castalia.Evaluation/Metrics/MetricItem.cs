namespace Castalia.Evaluation;

/// <summary>What a metric gives for one document, before documents are brought together.</summary>
/// <param name="Value">The number.</param>
/// <param name="Weight">What it is weighed by where the metric weighs: words or bytes; null where it does not.</param>
/// <param name="IsInteger">Whether the reference writes it without a decimal point.</param>
/// <param name="Content">What only the aggregation can make a number of: a pair of reference and prediction, a list of scores; else null.</param>
public readonly record struct MetricItem(double Value, long? Weight = null, bool IsInteger = false, object? Content = null)
{
    /// <summary>The item that a value of Python's stands for.</summary>
    public static MetricItem Of(object? value) => value switch
    {
        double number => new MetricItem(number),
        long number => new MetricItem(number, IsInteger: true),
        int number => new MetricItem(number, IsInteger: true),
        bool truth => new MetricItem(truth ? 1 : 0, Content: truth),
        IReadOnlyList<object?> and [double or long, long weight] pair => new MetricItem(Convert.ToDouble(pair[0], System.Globalization.CultureInfo.InvariantCulture), weight, Content: value),
        _ => new MetricItem(double.NaN, Content: value),
    };

    /// <summary>As it stands in a samples file: a float, a whole number, a pair of value and weight, or the content.</summary>
    public object ToJson() => Content ?? (Weight is { } weight ? new object?[] { Value, weight } : IsInteger ? (object)(long)Value : Value);
}
