namespace Castalia.Evaluation;

/// <summary>What a metric gives for one document, before documents are brought together.</summary>
/// <param name="Value">The number.</param>
/// <param name="Weight">What it is weighed by where the metric weighs: words or bytes; null where it does not.</param>
/// <param name="IsInteger">Whether the reference writes it without a decimal point.</param>
public readonly record struct MetricItem(double Value, long? Weight = null, bool IsInteger = false)
{
    /// <summary>As it stands in a samples file: a float, a whole number, or a pair of value and weight.</summary>
    public object ToJson() => Weight is { } weight ? new object?[] { Value, weight } : IsInteger ? (object)(long)Value : Value;
}
