namespace Castalia.Text.Jinja.Python;

/// <summary>Python's operators on plain values: truth, equality, order, membership and arithmetic.</summary>
public static class PythonOperators
{
    /// <summary>The longest text or list that an operator may make by repetition or joining.</summary>
    private const int MaxLength = 16 * 1024 * 1024;

    /// <summary>Python's name for the value's type.</summary>
    public static string TypeName(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long => "int",
        double => "float",
        string => "str",
        PythonTuple => "tuple",
        PythonRange => "range",
        IReadOnlyList<object?> => "list",
        JinjaUndefined => "undefined",
        IJinjaCallable => "function",
        _ when PythonMapping.Is(value) => "dict",
        _ => value.GetType().Name,
    };

    /// <summary>Python's truth of a value: empty and zero are false.</summary>
    public static bool IsTrue(object? value)
    {
        switch (value)
        {
            case null: return false;
            case bool truth: return truth;
            case long number: return number != 0;
            case double number: return number != 0;
            case string text: return text.Length > 0;
            case IReadOnlyList<object?> list: return list.Count > 0;
            case JinjaUndefined undefined:
                undefined.Use();
                return false;
            default: return !PythonMapping.Is(value) || PythonMapping.Count(value) > 0;
        }
    }

    /// <summary>Python's <c>==</c>.</summary>
    public static bool AreEqual(object? a, object? b)
    {
        switch (a, b)
        {
            case (null, null): return true;
            case (null, _) or (_, null): return false;
            case (string x, string y): return x == y;
            case (JinjaUndefined x, _):
                x.Use();
                return b is JinjaUndefined;
            case (_, JinjaUndefined y):
                y.Use();
                return false;
            case (bool or long, bool or long): return ToInteger(a) == ToInteger(b);
            case (bool or long or double, bool or long or double): return ToDouble(a) == ToDouble(b);
            case (PythonTuple, not PythonTuple) or (not PythonTuple, PythonTuple): return false;
            case (IReadOnlyList<object?> x, IReadOnlyList<object?> y):
                if (x.Count != y.Count)
                    return false;
                for (int i = 0; i < x.Count; i++)
                {
                    if (!AreEqual(x[i], y[i]))
                        return false;
                }
                return true;
        }
        if (!PythonMapping.Is(a) || !PythonMapping.Is(b))
            return ReferenceEquals(a, b);
        if (PythonMapping.Count(a!) != PythonMapping.Count(b!))
            return false;
        foreach ((object key, object? value) in PythonMapping.Entries(a!))
        {
            if (!PythonMapping.TryGet(b!, key, out object? other) || !AreEqual(value, other))
                return false;
        }
        return true;
    }

    /// <summary>Python's order of two values: below, at or above zero. Texts go by code point.</summary>
    public static int Compare(object? a, object? b)
    {
        switch (a, b)
        {
            case (string x, string y): return PythonString.CompareByCodePoint(x, y);
            case (bool or long, bool or long): return ToInteger(a).CompareTo(ToInteger(b));
            case (bool or long or double, bool or long or double): return ToDouble(a).CompareTo(ToDouble(b));
            case (JinjaUndefined x, _): throw x.Error;
            case (_, JinjaUndefined y): throw y.Error;
            case (IReadOnlyList<object?> x, IReadOnlyList<object?> y):
                for (int i = 0; i < Math.Min(x.Count, y.Count); i++)
                {
                    if (!AreEqual(x[i], y[i]))
                        return Compare(x[i], y[i]);
                }
                return x.Count.CompareTo(y.Count);
            default: throw new PythonException($"TypeError: '<' not supported between instances of '{TypeName(a)}' and '{TypeName(b)}'");
        }
    }

    /// <summary>Python's <c>item in container</c>.</summary>
    public static bool Contains(object? container, object? item)
    {
        switch (container)
        {
            case string text:
                return item is string part ? text.Contains(part, StringComparison.Ordinal)
                    : throw new PythonException($"TypeError: 'in <string>' requires string as left operand, not {TypeName(item)}");
            case IReadOnlyList<object?> list:
                foreach (object? member in list)
                {
                    if (AreEqual(member, item))
                        return true;
                }
                return false;
            case JinjaUndefined undefined:
                undefined.Use();
                return false;
            default:
                return PythonMapping.Is(container) ? PythonMapping.TryGet(container!, item, out _)
                    : throw new PythonException($"TypeError: argument of type '{TypeName(container)}' is not iterable");
        }
    }

    /// <summary>Python's <c>+</c>.</summary>
    public static object? Add(object? a, object? b) => (a, b) switch
    {
        (string x, string y) => Joined(x, y),
        (bool or long, bool or long) => Integer((Int128)ToInteger(a) + ToInteger(b)),
        (bool or long or double, bool or long or double) => ToDouble(a) + ToDouble(b),
        (PythonTuple x, PythonTuple y) => new PythonTuple([.. x, .. y]),
        (PythonTuple, _) or (_, PythonTuple) => throw Unsupported("+", a, b),
        (IReadOnlyList<object?> x, IReadOnlyList<object?> y) when x.Count + y.Count <= MaxLength => new List<object?>([.. x, .. y]),
        _ => throw Unsupported("+", a, b),
    };

    /// <summary>Python's <c>-</c>.</summary>
    public static object? Subtract(object? a, object? b) => (a, b) switch
    {
        (bool or long, bool or long) => Integer((Int128)ToInteger(a) - ToInteger(b)),
        (bool or long or double, bool or long or double) => ToDouble(a) - ToDouble(b),
        _ => throw Unsupported("-", a, b),
    };

    /// <summary>Python's <c>*</c>.</summary>
    public static object? Multiply(object? a, object? b) => (a, b) switch
    {
        (bool or long, bool or long) => Integer((Int128)ToInteger(a) * ToInteger(b)),
        (bool or long or double, bool or long or double) => ToDouble(a) * ToDouble(b),
        (string text, bool or long) => string.Concat(Enumerable.Repeat(text, Times(text.Length, b))),
        (bool or long, string text) => string.Concat(Enumerable.Repeat(text, Times(text.Length, a))),
        (IReadOnlyList<object?> list, bool or long) => Enumerable.Repeat(list, Times(list.Count, b)).SelectMany(x => x).ToList(),
        (bool or long, IReadOnlyList<object?> list) => Enumerable.Repeat(list, Times(list.Count, a)).SelectMany(x => x).ToList(),
        _ => throw Unsupported("*", a, b),
    };

    /// <summary>Python's <c>/</c>: always a float.</summary>
    public static object? Divide(object? a, object? b) =>
        a is bool or long or double && b is bool or long or double ? ToDouble(a) / NotZero(ToDouble(b)) : throw Unsupported("/", a, b);

    /// <summary>Python's <c>//</c>: rounded towards minus infinity.</summary>
    public static object? FloorDivide(object? a, object? b) => (a, b) switch
    {
        (bool or long, bool or long) => Integer(FloorDivide(ToInteger(a), NotZero(ToInteger(b)))),
        (bool or long or double, bool or long or double) => Math.Floor(ToDouble(a) / NotZero(ToDouble(b))),
        _ => throw Unsupported("//", a, b),
    };

    /// <summary>Python's <c>%</c>: the sign of the divisor; on text, printf formatting.</summary>
    public static object? Modulo(object? a, object? b) => (a, b) switch
    {
        (string format, _) => PythonFormat.Percent(format, b),
        (bool or long, bool or long) =>
            Integer(ToInteger(a) - FloorDivide(ToInteger(a), NotZero(ToInteger(b))) * ToInteger(b)),
        (bool or long or double, bool or long or double) => FloatModulo(ToDouble(a), NotZero(ToDouble(b))),
        _ => throw Unsupported("%", a, b),
    };

    /// <summary>Python's <c>**</c>.</summary>
    public static object? Power(object? a, object? b)
    {
        if (a is not (bool or long or double) || b is not (bool or long or double))
            throw Unsupported("**", a, b);
        if (a is double || b is double || ToInteger(b) < 0)
            return Math.Pow(ToDouble(a), ToDouble(b));
        long result = 1, factor = ToInteger(a);
        for (long left = ToInteger(b); left > 0; left >>= 1)
        {
            if ((left & 1) != 0)
                result = Fit((Int128)result * factor);
            if (left > 1)
                factor = Fit((Int128)factor * factor);
        }
        return result;
    }

    /// <summary>Python's unary minus.</summary>
    public static object? Negate(object? a) => a switch
    {
        bool or long => Integer(-(Int128)ToInteger(a)),
        double number => -number,
        JinjaUndefined undefined => throw undefined.Error,
        _ => throw new PythonException($"TypeError: bad operand type for unary -: '{TypeName(a)}'"),
    };

    /// <summary>A bool or int as an integer.</summary>
    internal static long ToInteger(object? value) => value is bool truth ? (truth ? 1 : 0) : (long)value!;

    /// <summary>A bool, int or float as a float.</summary>
    internal static double ToDouble(object? value) => value is double number ? number : ToInteger(value);

    private static long Fit(Int128 number) => number >= long.MinValue && number <= long.MaxValue ? (long)number
        : throw new PythonException("OverflowError: whole numbers are kept within 64 bits here");

    private static object Integer(Int128 number) => Fit(number);

    private static Int128 FloorDivide(long x, Int128 y) => x / y - (x % y != 0 && (x < 0) != (y < 0) ? 1 : 0);

    private static double NotZero(double divisor) =>
        divisor != 0 ? divisor : throw new PythonException("ZeroDivisionError: division by zero");

    private static Int128 NotZero(long divisor) =>
        divisor != 0 ? divisor : throw new PythonException("ZeroDivisionError: division by zero");

    private static double FloatModulo(double x, double y)
    {
        double rest = x % y;
        return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
    }

    private static string Joined(string x, string y) => x.Length + y.Length <= MaxLength ? x + y : throw TooLong();

    private static int Times(int length, object? times)
    {
        long count = Math.Max(0, ToInteger(times));
        return length == 0 ? 0 : count <= MaxLength / length ? (int)count : throw TooLong();
    }

    private static PythonException TooLong() => new($"MemoryError: the result would be longer than {MaxLength}");

    private static PythonException Unsupported(string sign, object? a, object? b) => a is JinjaUndefined x ? x.Error
        : b is JinjaUndefined y ? y.Error
        : new PythonException($"TypeError: unsupported operand type(s) for {sign}: '{TypeName(a)}' and '{TypeName(b)}'");
}
